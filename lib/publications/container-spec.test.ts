import { expect, test } from '@jest/globals';
import { carouselSpec, partSpec, singleSpec } from './container-spec.ts';
import type { PublicationFile } from './schema.ts';

const URL = 'https://files.example.com/a';
const file = (fields: Partial<PublicationFile> = {}): PublicationFile => ({
  media: 'image',
  url: URL,
  upload_key: null,
  ...fields,
});
const request = {
  files: [],
  location_id: '7',
  collaborators: ['a.friend'],
  cover_url: `${URL}.jpg`,
  share_to_feed: true,
};
const given = (spec: object) => Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));

test('an image is the default: it names no type', () => {
  const image = file({ alt_text: 'A harbour', user_tags: [{ username: 'b', x: 0, y: 1 }] });
  expect(given(singleSpec({ kind: 'image', caption: 'Hi', request }, image, URL))).toEqual({
    image_url: URL,
    caption: 'Hi',
    location_id: '7',
    collaborators: ['a.friend'],
    alt_text: 'A harbour',
    user_tags: [{ username: 'b', x: 0, y: 1 }],
  });
});

test('a reel has what only reels have', () => {
  const video = file({ media: 'video', thumb_offset: 900 });
  expect(given(singleSpec({ kind: 'reel', caption: 'Hi', request }, video, URL))).toEqual({
    media_type: 'REELS',
    video_url: URL,
    caption: 'Hi',
    location_id: '7',
    collaborators: ['a.friend'],
    thumb_offset: 900,
    cover_url: `${URL}.jpg`,
    share_to_feed: true,
  });
});

test('a story has its file and who is in it, and nothing else', () => {
  expect(given(singleSpec({ kind: 'story', caption: null, request }, file({ media: 'video' }), URL))).toEqual({
    media_type: 'STORIES',
    video_url: URL,
  });
});

test('parts of a carousel have what goes with files, the carousel what goes with the whole', () => {
  expect(given(partSpec(file({ alt_text: 'One' }), URL))).toEqual({
    is_carousel_item: true,
    image_url: URL,
    alt_text: 'One',
  });
  expect(given(partSpec(file({ media: 'video', thumb_offset: 3 }), URL))).toEqual({
    is_carousel_item: true,
    media_type: 'VIDEO',
    video_url: URL,
    thumb_offset: 3,
  });
  expect(given(carouselSpec({ kind: 'carousel', caption: 'Hi', request }, ['1', '2']))).toEqual({
    media_type: 'CAROUSEL',
    children: ['1', '2'],
    caption: 'Hi',
    location_id: '7',
    collaborators: ['a.friend'],
  });
});
