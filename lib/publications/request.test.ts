import { describe, expect, test } from '@jest/globals';
import { newPublicationSchema } from './request.ts';
import { ruleBreaches } from './rules.ts';

const IMAGE = { image_url: 'https://files.example.com/harbour.jpg' };
const VIDEO = { video_url: 'https://files.example.com/harbour.mp4' };
const UPLOAD = { upload_key: 'uploads/1/0b9f7f5e-7a0a-4d0b-8f5e-6f3b1c2d4e5f' };
const TAG = { username: 'a.friend' };
const PLACED = { ...TAG, x: 0.5, y: 0.25 };

/** The paths that are wrong in a body. */
const wrongIn = (body: object): string[] => {
  const { error } = newPublicationSchema.safeParse(body);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('what can be published', () => {
  test.each<[string, object]>([
    ['an image', IMAGE],
    [
      'an image with all that goes with it',
      {
        ...IMAGE,
        caption: 'Hi',
        alt_text: 'A harbour',
        location_id: '1',
        user_tags: [PLACED],
        collaborators: ['@a.friend'],
      },
    ],
    [
      'a video as a reel',
      { ...VIDEO, cover_url: IMAGE.image_url, share_to_feed: false, thumb_offset: 900, user_tags: [TAG] },
    ],
    ['a video by its other name', { kind: 'video', ...VIDEO }],
    ['a story of an image', { kind: 'story', ...IMAGE, user_tags: [TAG, PLACED] }],
    ['a story of a video', { kind: 'story', ...VIDEO }],
    [
      'a carousel',
      { children: [{ ...IMAGE, alt_text: 'One', user_tags: [PLACED] }, { ...VIDEO, thumb_offset: 0 }, UPLOAD] },
    ],
    ['a carousel of ten', { kind: 'carousel', children: Array(10).fill(IMAGE) }],
    ['an upload of whatever it is', { ...UPLOAD, thumb_offset: 5 }],
    ['a caption of 2,200 emoji', { ...IMAGE, caption: '🌊'.repeat(2_200) }],
    [
      '30 hashtags and 20 mentions, and an address',
      { ...IMAGE, caption: `${'#a '.repeat(30)}${'@b '.repeat(20)}me@example.com` },
    ],
  ])('can be published: %s', (_, body) => {
    expect(wrongIn(body)).toEqual([]);
  });

  test('`video` is a reel, names lose their @, a moment is in UTC', () => {
    const scheduled_at = '2026-12-24T18:00:00.5+02:00';
    expect(
      newPublicationSchema.parse({ kind: 'video', ...VIDEO, collaborators: ['@a.b'], scheduled_at }),
    ).toMatchObject({
      kind: 'reel',
      collaborators: ['a.b'],
      scheduled_at: '2026-12-24T16:00:00Z',
    });
  });
});

describe('what cannot', () => {
  test.each<[string, object, string[]]>([
    ['nothing', {}, ['image_url: is required, or video_url, or upload_key']],
    ['keys nobody knows', { ...IMAGE, audience: 'all' }, [': Unrecognized key: "audience"']],
    ['an image and a video', { ...IMAGE, ...VIDEO }, ['video_url: must not be given with image_url']],
    ['an image and an upload', { ...IMAGE, ...UPLOAD }, ['upload_key: must not be given with image_url']],
    ['a carousel of one', { children: [IMAGE] }, ['children: must be 2 to 10']],
    ['a carousel of eleven', { children: Array(11).fill(IMAGE) }, ['children: must be 2 to 10']],
    ['a carousel without children', { kind: 'carousel', ...IMAGE }, ['children: is required for a carousel']],
    [
      'children of another kind',
      { kind: 'image', children: [IMAGE, IMAGE] },
      ['kind: must be carousel, or absent, with children'],
    ],
    ['children beside a file', { ...IMAGE, children: [IMAGE, IMAGE] }, ['image_url: must not be given with children']],
    [
      'a child of nothing',
      { children: [IMAGE, {}] },
      ['children.1.image_url: is required, or video_url, or upload_key'],
    ],
    [
      'a child of two',
      { children: [{ ...IMAGE, ...VIDEO }, IMAGE] },
      ['children.0.video_url: must not be given with image_url'],
    ],
    ['a reel of an image', { kind: 'reel', ...IMAGE }, ['image_url: must be a video for a reel']],
    ['an image of a video', { kind: 'image', ...VIDEO }, ['video_url: must be an image']],
    [
      'another kind',
      { kind: 'live', ...VIDEO },
      ['kind: Invalid option: expected one of "image"|"reel"|"story"|"carousel"|"video"'],
    ],
    ['a caption of 2,201', { ...IMAGE, caption: 'a'.repeat(2_201) }, ['caption: must have at most 2200 characters']],
    ['31 hashtags', { ...IMAGE, caption: '#a '.repeat(31) }, ['caption: must have at most 30 hashtags']],
    ['21 mentions', { ...IMAGE, caption: '@a '.repeat(21) }, ['caption: must mention at most 20 accounts']],
    ['a story with a caption', { kind: 'story', ...IMAGE, caption: 'Hi' }, ['caption: is not for kind story']],
    [
      'a story with a first comment',
      { kind: 'story', ...IMAGE, first_comment: 'Hi' },
      ['first_comment: is not for kind story'],
    ],
    ['a reel with a description', { ...VIDEO, alt_text: 'Hi' }, ['alt_text: is for images in the feed only']],
    ['an image with a cover', { ...IMAGE, cover_url: IMAGE.image_url }, ['cover_url: is not for kind image']],
    ['an image with a frame', { ...IMAGE, thumb_offset: 5 }, ['thumb_offset: is for videos in the feed only']],
    ['four collaborators', { ...IMAGE, collaborators: ['a', 'b', 'c', 'd'] }, ['collaborators: must be at most 3']],
    [
      'a tag outside',
      { ...IMAGE, user_tags: [{ ...TAG, x: 1.01, y: -0.1 }] },
      ['user_tags.0.x: must be from 0 to 1', 'user_tags.0.y: must be from 0 to 1'],
    ],
    [
      'half a place',
      { ...IMAGE, user_tags: [{ ...TAG, x: 0.5 }] },
      ['user_tags.0: must have both x and y, or neither'],
    ],
    ['a tag without a place in an image', { ...IMAGE, user_tags: [TAG] }, ['user_tags.0: must have x and y']],
    [
      'a tag with a place in a video',
      { ...VIDEO, user_tags: [PLACED] },
      ['user_tags.0: must not have x and y in a video'],
    ],
    [
      'a tag on a video of a carousel',
      { children: [IMAGE, { ...VIDEO, user_tags: [TAG] }] },
      ['children.1.user_tags: is not for videos of a carousel'],
    ],
    [
      'tags on a carousel itself',
      { children: [IMAGE, IMAGE], user_tags: [PLACED] },
      ['user_tags: belongs to the children of a carousel'],
    ],
    [
      'a time without offset',
      { ...IMAGE, scheduled_at: '2026-12-24T18:00:00' },
      ['scheduled_at: must be an ISO 8601 time with offset'],
    ],
    ['a blank first comment', { ...IMAGE, first_comment: ' ' }, ['first_comment: must not be blank']],
    ['a place that is none', { ...IMAGE, location_id: 'here' }, ['location_id: must be the id of a page']],
  ])('cannot be published: %s', (_, body, wrong) => {
    expect(wrongIn(body)).toEqual(wrong);
  });

  test.each([
    'file:///etc/passwd',
    'http://169.254.169.254/latest/meta-data/',
    'http://localhost/a.jpg',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://[::ffff:169.254.169.254]/',
    'https://user@example.com/a.jpg',
    'https://10.0.0.1/a.jpg',
    'ftp://example.com/a.jpg',
    'https://intranet/a.jpg',
  ])('a file at %s is refused', (url) => {
    expect(wrongIn({ image_url: url })).toHaveLength(1);
    expect(wrongIn({ ...VIDEO, cover_url: url })).toHaveLength(1);
    expect(wrongIn({ children: [IMAGE, { video_url: url }] })).toHaveLength(1);
  });
});

test('what an upload is decides what may go with it', () => {
  const body = newPublicationSchema.parse({ ...UPLOAD, user_tags: [TAG], thumb_offset: 5 });
  expect(ruleBreaches(body, [null])).toEqual([]);
  expect(ruleBreaches(body, ['video'])).toEqual([]);
  expect(ruleBreaches(body, ['image'])).toEqual([
    { path: 'thumb_offset', message: 'is for videos in the feed only' },
    { path: 'user_tags.0', message: 'must have x and y' },
  ]);
});
