/** A setting of a scenario, by its JSON Schema: what its field shows, and what is made of the text in it. No page in here. */

export const kindsOf = (schema) => schema.anyOf ?? [schema];

export const isNumeric = ({ type }) => type === 'integer' || type === 'number';

/** What is written as JSON: an object, or whatever a row or its `paging` may hold (`$ref`: the schema of all JSON). */
export const isJson = ({ type, $ref }) => type === 'object' || $ref !== undefined;

export const placeholderOf = (schema) => {
  if (schema.default === undefined) return '';
  return isJson(schema) ? JSON.stringify(schema.default) : String(schema.default);
};

/** Undefined leaves a setting as it is by default. Throws words for people. */
export const parseSetting = (schema, label, text) => {
  if (text === '') return undefined;
  if (isJson(schema)) return parseJson(label, text);
  if (schema.type === 'array') return text.split(',').map((part) => part.trim());
  const kinds = kindsOf(schema);
  const isNumber = kinds.every(isNumeric) || kinds.some(({ type }) => type === 'integer' && /^-?\d+$/.test(text));
  return isNumber ? Number(text) : text;
};

const parseJson = (label, text) => {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${label} must be JSON, such as {"like_count": "3"}`);
  }
};
