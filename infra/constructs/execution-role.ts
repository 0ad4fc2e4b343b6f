import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { Stage } from '../stage.ts';

/** What Lambda itself does, in the role's name, to give a function its place in our network. */
const NETWORK_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** The role of all functions that may do the same. */
export class ExecutionRole extends Construct {
  readonly role: Role;

  constructor(
    scope: Construct,
    id: string,
    { stage, description, inNetwork }: { stage: Stage; description: string; inNetwork: boolean },
  ) {
    super(scope, id);
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com'), description });
    if (inNetwork) this.#allowNetworkInterfaces(stage);
    if (stage.tracing) {
      acknowledge(this.role, { 'AwsSolutions-IAM5[Resource::*]': 'X-Ray takes traces for no resource in particular.' });
    }
  }

  /** Lambda may make network interfaces; the function's own code, which has the same role, may not. */
  #allowNetworkInterfaces({ prefix }: Stage): void {
    this.role.addToPolicy(new PolicyStatement({ actions: NETWORK_ACTIONS, resources: ['*'] }));
    const functions = Stack.of(this).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: `${prefix}-*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.role.addToPolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions: NETWORK_ACTIONS,
        resources: ['*'],
        conditions: { ArnLike: { 'lambda:SourceFunctionArn': functions } },
      }),
    );
    acknowledge(this.role, {
      'AwsSolutions-IAM5[Resource::*]':
        'Lambda makes network interfaces that have no name yet; the code of the functions is denied the same.',
    });
  }
}
