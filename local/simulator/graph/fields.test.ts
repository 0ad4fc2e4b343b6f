import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GraphError } from './errors.ts';
import { expands, type Field, mentions, parseFields } from './fields.ts';

const namesOf = (fields: readonly Field[]): string[] => fields.map(({ name }) => name);

test('reads nested fields with their arguments', () => {
  const [id, comments] = parseFields('id, comments.limit(50).after(QVFI){id,replies{text}}');
  expect(id).toEqual({ name: 'id', args: {}, fields: null, text: '' });
  expect(comments).toMatchObject({ name: 'comments', args: { limit: '50', after: 'QVFI' }, text: 'id,replies{text}' });
  expect(namesOf(comments?.fields ?? [])).toEqual(['id', 'replies']);
  expect(mentions([comments as Field], 'text')).toBe(true);
  expect(expands(parseFields('id,caption'))).toBe(false);
});

test.each(['', ',', 'id,', 'a{', 'a{}', 'a}', 'a{b}}', 'a.limit', 'a.limit(5', 'a b', 'ид', 'a{b{c{d{e{f{g{h}}}}}}}'])(
  'refuses %j',
  (text) => {
    expect(() => parseFields(text)).toThrow(GraphError);
  },
);

test('whatever is asked for is read or refused, never a crash', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab,{}().1 _'), maxLength: 30 }), (text) => {
      try {
        parseFields(text);
      } catch (error) {
        expect(error).toBeInstanceOf(GraphError);
      }
    }),
  );
});
