import { z } from 'zod';
import { databaseEnv } from './database.ts';

/** Where the migrations are, for a function that is bundled apart from them. */
export const migrationsEnv = z.object({ MIGRATIONS_FOLDER: z.string().optional() });

/** For the function that a deployment runs: `DATABASE_URL` is the `migrator`'s. */
export const migrateEnv = z.object({
  DATABASE_URL: databaseEnv.shape.DATABASE_URL,
  ...migrationsEnv.shape,
});
