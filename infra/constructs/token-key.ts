import { Duration } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { tokenEnv } from '../../lib/config.ts';
import type { EnvironmentOf } from '../environment.ts';
import { removalOf } from '../removal.ts';
import type { Stage } from '../stage.ts';

/** The KMS key that Instagram's access tokens are encrypted with; without it a copy of the database reveals no token. */
export class TokenKey extends Construct {
  readonly #key: Key;

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id);
    this.#key = new Key(this, 'Key', {
      description: `Encrypts Instagram access tokens (${stage.name})`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      removalPolicy: removalOf(stage),
    });
  }

  /** Lets functions encrypt and decrypt tokens, with the account in the encryption context; returns the variables that name the key. */
  grantUse(grantee: IGrantable): EnvironmentOf<typeof tokenEnv> {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['kms:Encrypt', 'kms:Decrypt'],
        resources: [this.#key.keyArn],
        conditions: {
          'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['instagram_account'] },
          Null: { 'kms:EncryptionContext:instagram_account': 'false' },
        },
      }),
    );
    return { TOKEN_KMS_KEY_ID: this.#key.keyArn };
  }
}
