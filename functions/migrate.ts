/** Every deployment runs this before any other function changes: it makes users, migrates, and proves that the service can log in. */
import { migrateEnv, parseEnv } from '../lib/config.ts';
import { deployDatabase } from '../lib/database/deploy.ts';
import { withLogin } from '../lib/database/login.ts';
import { logger } from '../lib/logger.ts';

const { DATABASE_URL: migratorUrl } = parseEnv(migrateEnv);

export const handler = (): Promise<{ applied: readonly string[] }> =>
  deployDatabase({
    administratorUrl: withLogin(migratorUrl, 'administrator'),
    migratorUrl,
    appUrl: withLogin(migratorUrl, 'app'),
    readerUrl: withLogin(migratorUrl, 'reader'),
    operator: 'operator',
    log: (line) => logger.info(line, { event: 'migration' }),
  });
