import { expect, test } from '@jest/globals';
import { ServiceError } from './errors.ts';
import { errorFields } from './logger.ts';

test('an error is logged with the codes of what caused it, and never with messages that are not ours', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED postgres://app:secret@db'), { code: 'ECONNREFUSED' });
  const lost = Object.assign(new Error('secret'), { code: { secret: true }, cause: refused });
  const { name, code, stack } = errorFields(
    new ServiceError('database_unavailable', 'Cannot be reached', { cause: lost }),
  );
  expect({ name, code }).toEqual({ name: 'ServiceError', code: 'database_unavailable' });
  expect(stack).toMatch(/^Cannot be reached\n.*\ncaused by Error\n.*\ncaused by Error ECONNREFUSED\n/s);
  expect(stack).not.toContain('secret');
});
