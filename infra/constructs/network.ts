import {
  CfnNatGateway,
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpProtocol,
  type ISecurityGroup,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { removalOf } from '../removal.ts';
import type { Stage } from '../stage.ts';

/** Where in the network a function runs. */
export interface Placement {
  vpc: IVpc;
  vpcSubnets: SubnetSelection;
  securityGroups: ISecurityGroup[];
  ipv6AllowedForDualStack: boolean;
}

/**
 * Two kinds of subnets: `app`, from which Instagram and AWS can be reached, and `data`, from which nothing can. The way
 * out is a NAT gateway, or with `egress: ipv6` an egress-only internet gateway, which costs nothing.
 */
export class Network extends Construct {
  readonly vpc: IVpc;
  /** A security group: its members may open connections to the database, and nothing else. */
  readonly databaseClients: SecurityGroup;
  /** A security group: its members may open HTTPS connections to anywhere. */
  readonly internetClients: SecurityGroup;
  /** None with `egress: ipv6`. */
  readonly natGatewayIds: readonly string[];
  readonly #dualStack: boolean;

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id);
    this.#dualStack = stage.egress === 'ipv6';
    const publicSubnets = { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 26, mapPublicIpOnLaunch: false };
    const vpc = new Vpc(this, 'Vpc', {
      availabilityZones: stage.availabilityZones,
      natGateways: this.#dualStack ? 0 : stage.natGateways,
      ...(this.#dualStack && { ipProtocol: IpProtocol.DUAL_STACK }),
      subnetConfiguration: [
        ...(this.#dualStack ? [] : [publicSubnets]),
        { name: 'app', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
        { name: 'data', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 22 },
      ],
      // Free, and keeps uploads off the NAT gateway's bill.
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3, subnets: [{ subnetType: SubnetType.PRIVATE_WITH_EGRESS }] },
      },
      restrictDefaultSecurityGroup: true,
    });
    this.natGatewayIds = vpc.node
      .findAll()
      .flatMap((one) => (one instanceof CfnNatGateway ? one.attrNatGatewayId : []));
    this.vpc = vpc as IVpc; // its class lacks what exactOptionalPropertyTypes asks for
    const rejected = new LogGroup(this, 'RejectedTraffic', {
      logGroupName: `/${stage.prefix}/rejected-traffic`,
      retention: stage.logDays,
      removalPolicy: removalOf(stage),
    });
    this.vpc.addFlowLog('Rejected', {
      trafficType: FlowLogTrafficType.REJECT,
      destination: FlowLogDestination.toCloudWatchLogs(rejected),
    });

    this.databaseClients = new SecurityGroup(this, 'DatabaseClients', {
      vpc: this.vpc,
      description: 'May open connections to the database',
      allowAllOutbound: false,
    });
    this.internetClients = new SecurityGroup(this, 'InternetClients', {
      vpc: this.vpc,
      description: 'May open HTTPS connections to Instagram and AWS',
      allowAllOutbound: false,
    });
    const anywhere = this.#dualStack ? [Peer.anyIpv6(), Peer.anyIpv4()] : [Peer.anyIpv4()];
    for (const peer of anywhere) this.internetClients.addEgressRule(peer, Port.HTTPS, 'Instagram and AWS');
  }

  /** Where functions that use the database run: with a way out only if they call Instagram or AWS. */
  place({ callsOut }: { callsOut: boolean }): Placement {
    return {
      vpc: this.vpc,
      vpcSubnets: { subnetGroupName: callsOut ? 'app' : 'data' },
      securityGroups: callsOut ? [this.databaseClients, this.internetClients] : [this.databaseClients],
      ipv6AllowedForDualStack: this.#dualStack && callsOut,
    };
  }
}
