/** Run by every deployment before any other function changes: users, migrations, and proof that the service can log in. */
import { z } from 'zod';
import { migrateEnv, parseEnv } from '../lib/config.ts';
import { deployDatabase } from '../lib/database/deploy.ts';
import { withLogin } from '../lib/database/login.ts';
import { logger } from '../lib/logger.ts';
import { readSecret } from '../lib/secrets.ts';

const { DATABASE_URL: migratorUrl, DATABASE_ADMIN_SECRET_ID } = parseEnv(migrateEnv);
const loginSchema = z.object({ username: z.string(), password: z.string() });

export const handler = async (): Promise<{ applied: readonly string[] }> => {
  const { username, password } = await readSecret(DATABASE_ADMIN_SECRET_ID, loginSchema);
  return deployDatabase({
    administratorUrl: withLogin(migratorUrl, username, password),
    migratorUrl,
    appUrl: withLogin(migratorUrl, 'app'),
    log: (line) => logger.info(line, { event: 'migration' }),
  });
};
