import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Construct } from 'constructs';
import { PublicApi } from '../constructs/public-api.ts';
import type { Stage } from '../stage.ts';

/** What faces those who use the service. It knows the functions by their names. */
export class ApiStack extends Stack {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, { stage, ...props }: StackProps & { stage: Stage }) {
    super(scope, id, props);
    const { api, domainTarget } = new PublicApi(this, 'PublicApi', { stage });
    this.api = api;
    new CfnOutput(this, 'Url', { value: stage.publicBaseUrl ?? api.apiEndpoint });
    new CfnOutput(this, 'ApiId', { value: api.apiId });
    if (domainTarget !== undefined) new CfnOutput(this, 'DomainTarget', { value: domainTarget });
  }
}
