const PAGE = 48;
const REFRESH_MS = 2_000;

const byId = (id) => document.getElementById(id);

const control = async (method, path, body) => {
  const response = await fetch(`/_simulator${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
};

/** Captions and names are other people's: they only ever become text. */
const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

const say = (error) => {
  byId('message').textContent = error ? String(error.message ?? error) : '';
};

const attempt = (action) => async (event) => {
  event?.preventDefault();
  try {
    await action();
    say(null);
  } catch (error) {
    say(error);
  }
};

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
    poster: medium.thumbnail_url ?? '',
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
    `💬 ${medium.comments_count}`,
    !medium.is_comment_enabled && 'comments off',
    medium.media_type === 'VIDEO' && medium.file === null && 'no media_url',
    medium.withheld && 'withheld from listings',
  ]
    .filter(Boolean)
    .join(' · ');

const card = (medium) =>
  element(
    'li',
    {},
    picture(medium),
    element('p', { className: 'caption', dir: 'auto' }, medium.caption ?? '(no caption)'),
    element('p', { className: 'facts', title: medium.id }, facts(medium)),
    element('p', { className: 'facts' }, new Date(medium.timestamp * 1000).toISOString().replace('.000Z', 'Z')),
  );

let shown = 0;

const showMore = async () => {
  const { total, media } = await control('GET', `/media?limit=${PAGE}&offset=${shown}`);
  byId('media').append(...media.map(card));
  shown += media.length;
  byId('more').hidden = shown >= total;
};

const showMedia = async () => {
  shown = 0;
  byId('media').replaceChildren();
  await showMore();
};

const scenarioLine = ({ id, kind, seen, acted, ...settings }) =>
  element(
    'li',
    {},
    element('strong', {}, kind),
    ` ${JSON.stringify(settings)} acted on ${acted} of ${seen} `,
    element('button', {
      type: 'button',
      textContent: 'Switch off',
      onclick: attempt(async () => {
        await control('DELETE', `/scenarios/${id}`);
        await refresh();
      }),
    }),
  );

const callLine = ({ method, path, params, status, code, scenarios, ms }) =>
  element(
    'li',
    {},
    `${status === null ? '…' : status === 0 ? 'cut' : status}${code === null ? '' : ` (${code})`} ${method} ${path}${params.limit ? ` limit=${params.limit}` : ''}${ms === null ? '' : ` ${ms} ms`}${scenarios.length > 0 ? ` ⚡ ${scenarios.join(', ')}` : ''}`,
  );

const refresh = async () => {
  const [state, { calls }] = await Promise.all([control('GET', ''), control('GET', '/calls?limit=20')]);
  const [account] = state.accounts;
  byId('account').textContent = `@${account.username} · ${account.media_count} media · id ${account.id}`;
  byId('active').replaceChildren(...state.scenarios.map(scenarioLine));
  byId('calls').replaceChildren(...calls.map(callLine));
  if (document.activeElement !== byId('ms')) byId('ms').value = state.latency_ms;
};

const start = async () => {
  const { kinds } = await control('GET', '/scenarios');
  byId('kind').append(...Object.keys(kinds).map((name) => element('option', { value: name }, name)));
  const showSummary = () => {
    byId('summary').textContent = kinds[byId('kind').value];
  };
  byId('kind').addEventListener('change', showSummary);
  showSummary();
  await Promise.all([refresh(), showMedia()]);
};

byId('scenario').addEventListener(
  'submit',
  attempt(async () => {
    await control('POST', '/scenarios', { ...JSON.parse(byId('settings').value || '{}'), kind: byId('kind').value });
    await refresh();
  }),
);
byId('latency').addEventListener(
  'submit',
  attempt(() => control('PUT', '/latency', { ms: Number(byId('ms').value) })),
);
byId('reset').addEventListener(
  'click',
  attempt(async () => {
    await control('POST', '/reset');
    await Promise.all([refresh(), showMedia()]);
  }),
);
byId('add').addEventListener(
  'click',
  attempt(async () => {
    await control('POST', '/media', {});
    await Promise.all([refresh(), showMedia()]);
  }),
);
byId('remove').addEventListener(
  'click',
  attempt(async () => {
    await control('DELETE', '/media?newest=1');
    await Promise.all([refresh(), showMedia()]);
  }),
);
byId('more').addEventListener('click', attempt(showMore));

await attempt(start)();
setInterval(() => {
  if (!document.hidden) refresh().catch(say);
}, REFRESH_MS);
