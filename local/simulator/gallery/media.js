import { attempt, byId, control, element } from './page.js';

const PAGE = 48;

/** Ids of media whose comments are open: they stay so when the list is drawn again. */
const open = new Set();

const picture = (medium) => {
  if (medium.file_url === null && medium.thumbnail_url === null)
    return element('span', { className: 'none' }, 'no link');
  if (medium.media_type !== 'VIDEO' || medium.file_url === null) {
    return element('img', {
      src: medium.thumbnail_url ?? medium.file_url,
      alt: medium.alt_text ?? '',
      loading: 'lazy',
    });
  }
  return element('video', {
    src: medium.file_url,
    ...(medium.thumbnail_url !== null && { poster: medium.thumbnail_url }),
    controls: true,
    loop: true,
    preload: 'none',
  });
};

const facts = (medium) =>
  [
    medium.media_product_type ?? 'no product type',
    medium.media_type === 'CAROUSEL_ALBUM' && `${medium.children.length} parts`,
    medium.likesHidden ? 'likes hidden' : `♥ ${medium.like_count}`,
    !medium.is_comment_enabled && 'comments off',
    medium.media_type === 'VIDEO' && medium.file === null && 'no media_url',
    medium.withheld && 'withheld from listings',
  ]
    .filter(Boolean)
    .join(' · ');

const commentLine = ({ username, text, hidden, parent_id }) =>
  element(
    'li',
    { className: parent_id === null ? '' : 'reply', dir: 'auto' },
    element('strong', {}, username),
    ` ${text}${hidden ? ' (hidden)' : ''}`,
  );

const comments = (medium) => {
  const list = element('ul', { className: 'comments' });
  const show = async () => {
    const answer = await control('GET', `/media/${medium.id}/comments`);
    list.replaceChildren(...answer.comments.map(commentLine));
  };
  const text = element('input', { placeholder: 'Say something as a visitor', ariaLabel: 'Comment', required: true });
  const form = element('form', {}, text, element('button', { type: 'submit' }, 'Send'));
  form.addEventListener(
    'submit',
    attempt(async () => {
      await control('POST', `/media/${medium.id}/comments`, { text: text.value });
      text.value = '';
      await show();
    }),
  );
  const count = `${medium.comments_count} comment${medium.comments_count === 1 ? '' : 's'}`;
  const details = element('details', { open: open.has(medium.id) }, element('summary', {}, count), list, form);
  details.addEventListener(
    'toggle',
    attempt(async () => {
      if (details.open) open.add(medium.id);
      else open.delete(medium.id);
      if (details.open) await show();
    }),
  );
  return details;
};

const card = (medium) =>
  element(
    'li',
    {},
    picture(medium),
    element('p', { className: 'caption', dir: 'auto' }, medium.caption ?? '(no caption)'),
    element('p', { className: 'facts', title: medium.id }, facts(medium)),
    element('p', { className: 'facts' }, new Date(medium.timestamp * 1000).toISOString().replace('.000Z', 'Z')),
    comments(medium),
  );

let wanted = PAGE;
let drawn = '';

/** Changes when the list must be drawn again. Links are not part of it: they are signed anew each time. */
const traceOf = (total, media) =>
  JSON.stringify([
    total,
    media.map(({ id, comments_count, like_count, caption }) => [id, comments_count, like_count, caption]),
  ]);

/** Draws the list again if it has changed, but not while somebody types in it. */
export const showMedia = async () => {
  const { total, media } = await control('GET', `/media?limit=${wanted}`);
  const trace = traceOf(total, media);
  if (trace === drawn || byId('media').contains(document.activeElement)) return;
  drawn = trace;
  byId('media').replaceChildren(...media.map(card));
  byId('more').hidden = media.length >= total;
};

export const showMore = async () => {
  wanted += PAGE;
  await showMedia();
};
