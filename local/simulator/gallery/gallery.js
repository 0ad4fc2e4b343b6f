import { showMedia, showMore } from './media.js';
import { attempt, byId, control, element, say } from './page.js';
import { prepareScenarios, scenarioLine } from './scenarios.js';

const REFRESH_MS = 2_000;

const callLine = ({ method, path, params, status, code, scenarios, ms }) =>
  element(
    'li',
    {},
    `${status === null ? '…' : status === 0 ? 'cut' : status}${code === null ? '' : ` (${code})`} ${method} ${path}${params.limit ? ` limit=${params.limit}` : ''}${ms === null ? '' : ` ${ms} ms`}${scenarios.length > 0 ? ` ⚡ ${scenarios.join(', ')}` : ''}`,
  );

const refresh = async () => {
  const [state, { calls }] = await Promise.all([control('GET', ''), control('GET', '/calls?limit=20'), showMedia()]);
  const [account] = state.accounts;
  byId('account').textContent = `@${account.username} · ${account.media_count} media · id ${account.id}`;
  byId('active').replaceChildren(...state.scenarios.map(scenarioLine(refresh)));
  byId('calls').replaceChildren(...calls.map(callLine));
  if (document.activeElement !== byId('ms')) byId('ms').value = state.latency_ms;
};

const onClick = (id, action) =>
  byId(id).addEventListener(
    'click',
    attempt(async () => {
      await action();
      await refresh();
    }),
  );

byId('latency').addEventListener(
  'submit',
  attempt(() => control('PUT', '/latency', { ms: Number(byId('ms').value) })),
);
onClick('reset', () => control('POST', '/reset'));
onClick('add', () => control('POST', '/media', {}));
onClick('remove', () => control('DELETE', '/media?newest=1'));
byId('more').addEventListener('click', attempt(showMore));

await attempt(async () => {
  await prepareScenarios(refresh);
  await refresh();
})();
setInterval(() => {
  if (!document.hidden) refresh().catch(say);
}, REFRESH_MS);
