import { beforeAll, describe, expect, test } from '@jest/globals';
import { consumers, routes, schedules } from '../functions/routes.ts';
import { pathsOf } from '../lib/contract.ts';
import { allEntries, connectionsNeeded, OPERATIONS } from './registry.ts';
import { type Resource, type Synthesis, synthesize, type Template } from './testing/synthesize.ts';
import { allOfType, asList, functionsOf, ofType, statementsOf, theOnly, variablesOf } from './testing/templates.ts';

const STAGES = [
  ['dev', {}],
  ['prod', {}],
  [
    'prod',
    {
      egress: 'ipv6',
      database: 'aurora',
      tracing: 'true',
      issuer: 'https://issuer.test',
      audience: 'api',
      account: '123456789012',
    },
  ],
  [
    'dev',
    {
      proxy: 'true',
      databaseSnapshot: 'restored',
      uploadOrigins: 'https://app.test',
      apiOrigins: 'https://app.test,https://b.test',
      alarmEmail: 'on@call.test',
    },
  ],
] as const;

/** Which property names a resource on AWS. */
const NAMED_BY: Readonly<Record<string, string>> = {
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::RDS::DBInstance': 'DBInstanceIdentifier',
  'AWS::RDS::DBCluster': 'DBClusterIdentifier',
};
/** What AWS makes up, whatever the name: the database's address and the id that IAM wants. */
const NOT_IN_A_NAME = /^(EndpointAddress|DbiResourceId|DBClusterResourceId|EndpointPort)/;

describe.each(STAGES)('stage %s with %j', (name, overrides) => {
  let synthesis: Synthesis;
  beforeAll(async () => {
    synthesis = await synthesize(name, overrides, { checked: true });
  });

  test('cdk-nag finds nothing that is not acknowledged with its reason', () => {
    const ofOurs = /^Annotation::instagram-service:/;
    expect(synthesis.findings.filter((finding) => !ofOurs.test(finding))).toEqual([]);
  });

  test('each stack stays below 400 resources, also with 65 functions', () => {
    const { functions, api, ...others } = synthesis.templates;
    const more = 65 - allEntries().length;
    for (const { Resources } of [functions, api]) {
      const each = Object.keys(Resources).length / allEntries().length; // more than a further one takes
      expect(Object.keys(Resources).length + Math.max(0, more) * each).toBeLessThan(400);
    }
    for (const { Resources } of Object.values(others)) expect(Object.keys(Resources).length).toBeLessThan(400);
  });

  test('the database takes the connections of 65 functions, where further ones are rare', () => {
    const more = Array.from({ length: Math.max(0, 65 - allEntries().length) }, (_, index) => ({
      entry: `further-${index}`,
      uses: ['database'] as const,
      rare: true as const,
    }));
    expect(connectionsNeeded(synthesis.stage, [...routes, ...more])).toBeLessThanOrEqual(
      synthesis.stage.databaseMaxConnections,
    );
  });

  test('stacks know those before them and none of those after', () => {
    const { data, functions, api, watch } = synthesis.templates;
    const knownTo = (template: Template) =>
      [...new Set([...JSON.stringify(template).matchAll(/"StackName":"([^"]+)"/g)].map(([, stack]) => stack))].sort();
    const { prefix } = synthesis.stage;
    expect(knownTo(data)).toEqual([]);
    expect(knownTo(functions)).toEqual([`${prefix}-data`]);
    expect(knownTo(api)).toEqual([]); // the functions have fixed names
    expect(knownTo(watch)).toEqual([`${prefix}-api`, ...(synthesis.stage.egress === 'nat' ? [`${prefix}-data`] : [])]);
  });

  test('what has a fixed name is named by it, not through another stack', () => {
    const named = Object.values(synthesis.templates).flatMap(({ Resources }) =>
      Object.entries(Resources).flatMap(([id, { Type, Properties }]) =>
        Properties?.[NAMED_BY[Type] ?? ''] === undefined ? [] : [id],
      ),
    );
    const asked = [
      ...JSON.stringify(synthesis.templates).matchAll(/"OutputName":"PublishOutput(?:Ref|FnGetAtt)(\w+)"/g),
    ];
    const avoidable = asked.flatMap(([, output = '']) =>
      named.filter((id) => output.startsWith(id) && !NOT_IN_A_NAME.test(output.slice(id.length))),
    );
    expect(asked.length).toBeGreaterThan(0);
    expect([...new Set(avoidable)]).toEqual([]);
  });

  test('no policy allows whatever an action may become, and none all resources but where there is no other way', () => {
    const statements = ['AWS::IAM::Policy', 'AWS::IAM::Role'].flatMap((type) =>
      allOfType(synthesis, type).flatMap(([, properties]) => [
        ...statementsOf(properties.PolicyDocument),
        ...((properties.Policies ?? []) as { PolicyDocument: unknown }[]).flatMap(({ PolicyDocument }) =>
          statementsOf(PolicyDocument),
        ),
      ]),
    );
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow');
    expect(allowed.flatMap(({ Action }) => asList(Action)).filter((action) => action.includes('*'))).toEqual([]);
    const onEverything = allowed.filter(({ Resource }) => asList(Resource).includes('*'));
    expect(
      [...new Set(onEverything.flatMap(({ Action }) => asList(Action)))].filter(
        (action) => !/^(ec2:(Assign|Unassign|Create|Delete|Describe)[A-Za-z]+|xray:Put[A-Za-z]+)$/.test(action),
      ),
    ).toEqual([]);
  });

  test('functions of the registry, and no others, are built, and every one has a log with an end', () => {
    const functions = functionsOf(synthesis);
    const { prefix } = synthesis.stage;
    expect([...functions.keys()].sort()).toEqual(
      allEntries()
        .map((entry) => `${prefix}-${entry.replaceAll('.', '-')}`)
        .sort(),
    );
    for (const properties of functions.values()) {
      expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' });
      expect(properties).toHaveProperty('LoggingConfig.LogGroup');
    }
    for (const [, { RetentionInDays }] of allOfType(synthesis, 'AWS::Logs::LogGroup')) {
      expect(RetentionInDays).toBe(synthesis.stage.logDays);
    }
  });

  test('every function waits for the migration, which stops the deployment when it fails', () => {
    const { functions } = synthesis.templates;
    const [[trigger, properties] = ['', {}]] = ofType(functions, 'Custom::Trigger');
    expect(properties).toMatchObject({ InvocationType: 'RequestResponse', ExecuteOnHandlerChange: true });
    for (const [id, resource] of Object.entries(functions.Resources)) {
      const { FunctionName } = resource.Properties as { FunctionName?: string };
      if (resource.Type !== 'AWS::Lambda::Function' || FunctionName === undefined) continue;
      if (FunctionName.endsWith('-migrate')) continue;
      expect([id, resource.DependsOn]).toEqual([id, expect.arrayContaining([trigger])]);
    }
  });

  test('functions have the place in the network that they need', () => {
    const functions = functionsOf(synthesis);
    for (const { entry, uses } of [...routes, ...consumers, ...schedules, ...OPERATIONS]) {
      const properties = functions.get(`${synthesis.stage.prefix}-${entry.replaceAll('.', '-')}`);
      const groups = JSON.stringify(properties?.VpcConfig ?? {});
      expect([entry, groups.includes('DatabaseClients')]).toEqual([entry, uses.includes('database')]);
      const callsOut = uses.includes('database') && uses.some((resource) => resource !== 'database');
      expect([entry, groups.includes('InternetClients')]).toEqual([entry, callsOut]);
    }
  });

  test('the database is reached over verified TLS, by IAM, and by nobody outside', () => {
    for (const type of ['AWS::RDS::DBInstance', 'AWS::RDS::DBCluster']) {
      for (const [, properties] of ofType(synthesis.templates.data, type)) {
        if ('DBClusterIdentifier' in properties && type === 'AWS::RDS::DBInstance') continue; // a cluster's member
        expect(properties).toMatchObject({ EnableIAMDatabaseAuthentication: true });
        // A master user with a password is refused from its second login on: it is a member of rds_iam by then.
        expect(properties).toMatchObject({ MasterUserAuthenticationType: 'iam-db-auth' });
        expect(Object.keys(properties).filter((name) => /^(Manage)?MasterUserPassword$/.test(name))).toEqual([]);
        expect(properties.PubliclyAccessible ?? false).toBe(false);
      }
    }
    for (const properties of functionsOf(synthesis).values()) {
      const url = JSON.stringify(variablesOf(properties).DATABASE_URL ?? 'sslmode=verify-full auth=iam');
      expect(url).toContain('sslmode=verify-full');
      expect(url).toContain('auth=iam');
    }
    const rules = allOfType(synthesis, 'AWS::EC2::SecurityGroupIngress').map(([, { CidrIp }]) => CidrIp);
    expect(rules.filter(Boolean)).toEqual([]);
  });

  test('functions that only read log in as a user that can do nothing else', () => {
    const functions = functionsOf(synthesis);
    const { prefix } = synthesis.stage;
    for (const { entry, uses, contract } of routes.filter(({ uses }) => uses.includes('database'))) {
      const url = JSON.stringify(variablesOf(functions.get(`${prefix}-${entry}`)).DATABASE_URL);
      const reads = contract.method === 'GET' && uses.length === 1;
      expect([entry, url.includes('postgres://reader@')]).toEqual([entry, reads]);
    }
  });

  test('connections that functions may open together fit the database', () => {
    const functions = functionsOf(synthesis);
    const reserved = [...functions]
      .filter(([name]) => !name.endsWith('-migrate'))
      .filter(([, properties]) => 'DATABASE_URL' in variablesOf(properties))
      .map(([, properties]) => (properties.ReservedConcurrentExecutions as number | undefined) ?? null);
    const workers = ofType(synthesis.templates.functions, 'AWS::Lambda::EventSourceMapping').map(
      ([, { ScalingConfig }]) => (ScalingConfig as { MaximumConcurrency: number }).MaximumConcurrency,
    );
    // Workers are bounded by their queue, everything else by itself.
    expect(reserved.filter((concurrency) => concurrency === null)).toHaveLength(workers.length);
    const sum = [...reserved, ...workers].reduce<number>((total, one) => total + (one ?? 0), 0);
    expect(sum + 15).toBeLessThanOrEqual(synthesis.stage.databaseMaxConnections);
  });

  test('every queue has dead letters, patience for its worker, and people who hear of both', () => {
    const { functions, watch } = synthesis.templates;
    const queues = ofType(functions, 'AWS::SQS::Queue');
    const alarms = ofType(watch, 'AWS::CloudWatch::Alarm').map(([, { AlarmName }]) => AlarmName as string);
    const { prefix } = synthesis.stage;
    expect(queues).toHaveLength(2 * consumers.length);
    for (const { queue, timeoutSeconds, maxReceiveCount, entry } of consumers) {
      const properties = queues.find(([, { QueueName }]) => QueueName === `${prefix}-${queue}`)?.[1];
      const { VisibilityTimeout, RedrivePolicy } = properties ?? {};
      expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeoutSeconds);
      expect(RedrivePolicy).toMatchObject({ maxReceiveCount });
      expect(functionsOf(synthesis).get(`${prefix}-${entry.replaceAll('.', '-')}`)).toMatchObject({
        Timeout: timeoutSeconds,
        RecursiveLoop: 'Allow',
      });
      for (const kind of ['dead-letters', 'queue-waiting', 'recursion-stopped']) {
        expect(alarms).toContain(`${prefix}-${kind}-${queue}`);
      }
    }
    for (const [, properties] of ofType(functions, 'AWS::Lambda::EventSourceMapping')) {
      expect(properties).toMatchObject({ FunctionResponseTypes: ['ReportBatchItemFailures'] });
    }
  });

  test('every path of every contract is guarded by its scope, with a trailing slash too', () => {
    const gateway = new Map(
      ofType(synthesis.templates.api, 'AWS::ApiGatewayV2::Route').map(([, properties]) => [
        properties.RouteKey as string,
        properties as Record<string, unknown>,
      ]),
    );
    for (const { contract } of routes) {
      for (const path of pathsOf(contract).flatMap((one) => [one, `${one}/{proxy+}`])) {
        for (const method of contract.method === 'GET' ? ['GET', 'HEAD'] : [contract.method]) {
          const route = gateway.get(`${method} ${path}`);
          expect(route).toMatchObject(
            contract.scope === null
              ? { AuthorizationType: 'NONE' }
              : { AuthorizationType: 'JWT', AuthorizationScopes: [contract.scope], AuthorizerId: expect.anything() },
          );
          gateway.delete(`${method} ${path}`);
        }
      }
    }
    // What is left leads to the function that answers 404, 405, 308, and OPTIONS, which browsers ask without a token.
    const behind = new Set([...gateway.values()].map(({ Target }) => JSON.stringify(Target)));
    expect(gateway.has('$default')).toBe(true);
    expect(behind.size).toBe(1);
    expect([...gateway.keys()].filter((key) => key.startsWith('OPTIONS'))).toEqual([]);
  });

  test('pages of the named origins may call the API, and no others', () => {
    for (const properties of functionsOf(synthesis).values()) {
      const { apiOrigins } = synthesis.stage;
      expect(variablesOf(properties).API_ORIGINS).toBe(apiOrigins.length === 0 ? undefined : apiOrigins.join(','));
    }
  });

  test('the access log has no query strings, which hold what people search for', () => {
    const [[, stage] = []] = ofType(synthesis.templates.api, 'AWS::ApiGatewayV2::Stage');
    const { Format } = (stage as { AccessLogSettings: { Format: string } } | undefined)?.AccessLogSettings ?? {
      Format: '',
    };
    expect(JSON.parse(Format)).toMatchObject({ request_id: '$context.requestId', status: '$context.status' });
    expect(Format).not.toMatch(/query|rawPath|\$context\.requestOverride/i);
    expect(stage).toMatchObject({ DefaultRouteSettings: { ThrottlingRateLimit: synthesis.stage.requestsPerSecond } });
  });

  test('no secret is among the variables of a function', () => {
    for (const properties of functionsOf(synthesis).values()) {
      const variables = JSON.stringify(variablesOf(properties));
      expect(variables).not.toMatch(/\{\{resolve:|APP_SECRET|ACCESS_TOKEN|PASSWORD/);
    }
  });

  test('uploads are private, encrypted, and let in from the named pages only', () => {
    const bucket = theOnly(synthesis.templates.data, 'AWS::S3::Bucket');
    expect(bucket).toMatchObject({
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true },
      VersioningConfiguration: { Status: 'Enabled' },
    });
    const { CorsConfiguration } = bucket as { CorsConfiguration?: { CorsRules: { AllowedOrigins: string[] }[] } };
    expect(CorsConfiguration?.CorsRules.flatMap(({ AllowedOrigins }) => AllowedOrigins) ?? []).toEqual(
      synthesis.stage.uploadOrigins,
    );
  });

  test('alarms reach people: the topic lets CloudWatch in', () => {
    const policies = ofType(synthesis.templates.watch, 'AWS::SNS::TopicPolicy');
    expect(policies).toHaveLength(2);
    for (const [, { PolicyDocument }] of policies) {
      expect(statementsOf(PolicyDocument)).toContainEqual(
        expect.objectContaining({
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Action: 'sns:Publish',
        }),
      );
    }
    for (const [, properties] of ofType(synthesis.templates.watch, 'AWS::CloudWatch::Alarm')) {
      expect([properties.AlarmActions, properties.OKActions].map((actions) => asList(actions ?? []).length)).toEqual([
        1, 1,
      ]);
    }
  });
});

const { templates } = await synthesize('prod');

describe('what becomes of a stage', () => {
  const plain = (resources: [string, Resource][]) =>
    JSON.parse(JSON.stringify(Object.fromEntries(resources)).replace(/[0-9a-f]{64}/g, '<hash>'));

  test('the stack that lasts', () => {
    expect(plain(Object.entries(templates.data.Resources))).toMatchSnapshot();
  });

  test('an endpoint, a worker and the tick', () => {
    const picked = Object.entries(templates.functions.Resources).filter(([id]) =>
      /^(Functions(StartSync|SyncPostsConsumer|Tick)|RolesDatabaseInstagramSyncQueueWorksOffSync|QueuesSync)/.test(id),
    );
    expect(plain(picked.map(([id, { DependsOn, ...resource }]) => [id, resource]))).toMatchSnapshot();
  });
});
