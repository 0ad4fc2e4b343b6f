import { z } from 'zod';
import { httpUrl } from './values.ts';

export const httpEnv = z.object({ PUBLIC_BASE_URL: httpUrl().optional() });
