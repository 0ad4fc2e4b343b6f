import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { z } from 'zod';
import { Database } from '../constructs/database.ts';
import { MetaApp } from '../constructs/meta-app.ts';
import { Network } from '../constructs/network.ts';
import { TokenKey } from '../constructs/token-key.ts';
import { UploadStore } from '../constructs/upload-store.ts';
import { type databaseOutputSchema, type keptSettingsSchema, OUTPUTS } from '../operations/deployed-stage.ts';
import type { Stage } from '../stage.ts';

/** What lasts: the network, the database, keys, secrets and files. */
export class DataStack extends Stack {
  readonly network: Network;
  readonly database: Database;
  readonly tokenKey: TokenKey;
  readonly metaApp: MetaApp;
  readonly uploads: UploadStore;

  constructor(scope: Construct, id: string, { stage, ...props }: StackProps & { stage: Stage }) {
    super(scope, id, { ...props, terminationProtection: stage.protectData });
    this.network = new Network(this, 'Network', { stage });
    this.database = new Database(this, 'Database', { stage, network: this.network });
    this.tokenKey = new TokenKey(this, 'TokenKey', { stage });
    this.metaApp = new MetaApp(this, 'MetaApp', { stage });
    this.uploads = new UploadStore(this, 'Uploads', { stage });
    // Nothing can delete a protected server, not even the rollback of a first deployment: what else may fail comes before.
    this.database.createAfter(this.network, this.tokenKey, this.metaApp, this.uploads);
    const server: z.output<typeof databaseOutputSchema> = {
      kind: stage.database,
      identifier: this.database.identifier,
    };
    const { issuer, databaseSnapshot, alarmEmail } = stage;
    const kept: z.output<typeof keptSettingsSchema> = {
      ...(issuer !== undefined && { issuer }),
      ...(databaseSnapshot !== undefined && { databaseSnapshot }),
      ...(alarmEmail !== undefined && { alarmEmail }),
    };
    new CfnOutput(this, OUTPUTS.keptSettings, { value: JSON.stringify(kept) });
    new CfnOutput(this, OUTPUTS.database, { value: JSON.stringify(server) });
  }
}
