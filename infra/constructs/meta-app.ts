import { ArnFormat, Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { instagramEnv } from '../../lib/config.ts';
import { acknowledge } from '../acknowledge.ts';
import type { EnvironmentOf } from '../environment.ts';
import { removalOf } from '../removal.ts';
import type { Stage } from '../stage.ts';

/**
 * The Meta app that tokens are issued to. Its secret is filled in once, by hand (docs/aws.md); until then calls
 * go without `appsecret_proof`. No function has it among its variables.
 */
export class MetaApp extends Construct {
  readonly #secretName: string;
  readonly #stage: Stage;

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id);
    this.#stage = stage;
    this.#secretName = `${stage.prefix}/meta-app`;
    const secret = new Secret(this, 'Secret', {
      secretName: this.#secretName,
      description: 'Of the Meta app: app_secret, and the webhook_verify_token that Meta is told',
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ app_secret: '' }),
        generateStringKey: 'webhook_verify_token',
        excludePunctuation: true,
      },
      removalPolicy: removalOf(stage),
    });
    acknowledge(secret, {
      'AwsSolutions-SMG4':
        "Meta issues the app secret and cannot be asked for another by a program; the runbook's steps do.",
    });
  }

  /** Lets functions speak to Instagram in the app's name; returns the variables that say how. */
  grantUse(grantee: IGrantable): EnvironmentOf<typeof instagramEnv> {
    const arn = Stack.of(this).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${this.#secretName}-??????`, // Secrets Manager ends an ARN with six characters of its own
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [arn] }),
    );
    const { metaAppId, graphApiVersion } = this.#stage;
    return {
      META_SECRET_ID: this.#secretName,
      ...(metaAppId !== undefined && { META_APP_ID: metaAppId }),
      ...(graphApiVersion !== undefined && { GRAPH_API_VERSION: graphApiVersion }),
    };
  }
}
