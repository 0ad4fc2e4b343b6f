import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Stage } from '../stage.ts';
import type { Database } from './database.ts';
import type { Network } from './network.ts';
import type { PeopleAlarmProps } from './people-alarm.ts';

/** What alarms and the dashboard look at. */
export interface Watched {
  stage: Stage;
  api: HttpApi;
  accessLog: ILogGroup;
  database: Database;
  network: Network;
}

/** Declares one alarm; the stage and the topics are known already. */
export type RaiseAlarm = (props: Omit<PeopleAlarmProps, 'stage' | 'topics'>) => void;
