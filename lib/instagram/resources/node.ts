import { z } from 'zod';
import type { CallOptions } from '../exchange.ts';
import type { GraphRequest } from '../graph.ts';

const nodeSchema = z.looseObject({});

/** Any single object, whatever its kind. */
export const nodeResource = (request: GraphRequest) => ({
  /** Resolves if Instagram shows the object now. @throws {InstagramError} `missing` alone proves nothing: see `triageMissing`. */
  probe: async (id: string, options: CallOptions = {}): Promise<void> => {
    await request({ path: [id], params: { fields: 'id' }, schema: nodeSchema }, options);
  },
});
