import { attempt, byId, control, element } from './page.js';
import { isJson, isNumeric, kindsOf, parseSetting, placeholderOf } from './settings.js';

/** A setting's field in the form, and how its value is read: undefined leaves it as it is by default. */
const field = (name, schema, required) => {
  const kinds = kindsOf(schema);
  const isNumber = kinds.every(isNumeric);
  const label = name.replaceAll('_', ' ');
  const choices = schema.enum ?? (kinds.every((kind) => 'const' in kind) ? kinds.map((kind) => kind.const) : null);
  if (choices !== null) {
    const input = element(
      'select',
      {},
      ...choices.map((value) =>
        element('option', { value: JSON.stringify(value), selected: value === schema.default }, String(value)),
      ),
    );
    return { name, row: element('label', {}, label, input), read: () => JSON.parse(input.value) };
  }
  if (schema.type === 'boolean') {
    const input = element('input', { type: 'checkbox', checked: schema.default === true });
    return { name, row: element('label', { className: 'check' }, input, ` ${label}`), read: () => input.checked };
  }
  const input = element('input', {
    type: isNumber ? 'number' : 'text',
    placeholder: placeholderOf(schema),
    required,
    ...(isNumber && { step: 'any', min: schema.minimum ?? '', max: schema.maximum ?? '' }),
  });
  const hint = schema.type === 'array' ? `${label}, separated by commas` : isJson(schema) ? `${label}, as JSON` : label;
  const read = () => parseSetting(schema, label, input.value);
  return { name, row: element('label', {}, hint, input), read };
};

const numberOf = (id) => (byId(id).value === '' ? undefined : Number(byId(id).value));

/** Fills the form with what this simulator can do. `onChange` hears when a scenario was switched on. */
export const prepareScenarios = async (onChange) => {
  const { kinds, settings, edges } = await control('GET', '/scenarios');
  byId('kind').append(
    ...Object.keys(kinds).map((name) => element('option', { value: name }, name.replaceAll('_', ' '))),
  );
  byId('edge').append(
    element('option', { value: '' }, 'all'),
    ...edges.map((name) => element('option', { value: name }, name)),
  );
  let fields = [];
  const showKind = () => {
    const kind = byId('kind').value;
    byId('summary').textContent = kinds[kind];
    const { properties, required } = settings[kind];
    fields = Object.entries(properties).map(([name, schema]) => field(name, schema, required.includes(name)));
    byId('settings').replaceChildren(...fields.map(({ row }) => row));
  };
  byId('kind').addEventListener('change', showKind);
  showKind();
  byId('scenario').addEventListener(
    'submit',
    attempt(async () => {
      const edge = byId('edge').value;
      await control('POST', '/scenarios', {
        ...Object.fromEntries(fields.map(({ name, read }) => [name, read()])),
        kind: byId('kind').value,
        on: edge === '' ? {} : { edge },
        after: numberOf('after'),
        times: numberOf('times'),
        placement: byId('placement').value,
      });
      await onChange();
    }),
  );
};

const inWords = ({ on = {}, after = 0, times, placement, ...settings }) =>
  [
    on.edge && `for ${[on.edge].flat().join(', ')}`,
    after > 0 && `after ${after}`,
    times !== undefined && `${times} ${times === 1 ? 'time' : 'times'}`,
    placement === 'after' && 'once it has happened',
    ...Object.entries(settings).map(([name, value]) => `${name.replaceAll('_', ' ')} ${JSON.stringify(value)}`),
  ]
    .filter(Boolean)
    .join(', ');

export const scenarioLine = (onChange) =>
  function line({ id, kind, seen, acted, ...settings }) {
    return element(
      'li',
      {},
      element('strong', {}, kind.replaceAll('_', ' ')),
      ` ${inWords(settings)}: acted on ${acted} of ${seen} `,
      element('button', {
        type: 'button',
        textContent: 'Switch off',
        onclick: attempt(async () => {
          await control('DELETE', `/scenarios/${id}`);
          await onChange();
        }),
      }),
    );
  };
