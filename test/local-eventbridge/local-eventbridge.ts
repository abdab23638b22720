/** A local Amazon EventBridge that stores the events of handlers. Behavior and sources: README.md. */
import { AwsError } from '../local-ecr/aws-error';
import { jsonWire } from '../local-ecr/json-wire';
import { Input, LocalService, LocalServiceOptions, ServiceRequest } from '../local-ecr/local-service';
import { isRecord, parsedJson } from '../local-ecr/policy-text';

export interface PutEvent {
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

interface Entry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Resources?: string[];
  readonly Detail?: string;
}

export class LocalEventBridge extends LocalService {
  static async start(options: LocalServiceOptions = {}): Promise<LocalEventBridge> {
    const bridge = new LocalEventBridge(options);
    await bridge.listen();
    return bridge;
  }

  /** The accepted entries, oldest first. */
  readonly events = new Array<PutEvent>();
  /** If set, entries fail with this code, as in an internal error of the service. */
  refuses?: string;

  private constructor(options: LocalServiceOptions) {
    super(jsonWire('events', 'AWSEvents', { names: { ServerException: 'InternalException' } }), options);
  }

  protected perform({ operation, input, accessKeyId, region }: ServiceRequest): object {
    if (operation !== 'PutEvents') throw new AwsError('UnknownOperationException', 'The operation is not known');
    const { account } = this.principals.find(accessKeyId);
    this.principals.authorise(accessKeyId, [{
      action: 'events:PutEvents', resource: `arn:aws:events:${region}:${account}:event-bus/default`,
    }]);
    const entries = this.entriesOf(input).map(entry => this.put(entry));
    return { FailedEntryCount: entries.filter(entry => entry.ErrorCode !== undefined).length, Entries: entries };
  }

  private entriesOf({ Entries }: Input): Entry[] {
    if (!Array.isArray(Entries) || Entries.length < 1 || Entries.length > 10) {
      throw new AwsError('ValidationException', 'Member must have length between 1 and 10');
    }
    return Entries as Entry[];
  }

  private put(
    { Source = '', DetailType = '', Resources = [], Detail = '' }: Entry,
  ): { EventId?: string; ErrorCode?: string; ErrorMessage?: string } {
    if (this.refuses) return { ErrorCode: this.refuses, ErrorMessage: 'An internal error occurred' };
    if (Source === '' || DetailType === '' || Detail === '') {
      return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Source, DetailType and Detail are required' };
    }
    if (Source.startsWith('aws.')) return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
    const detail = parsedJson(Detail);
    if (!isRecord(detail)) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    this.events.push({ source: Source, detailType: DetailType, resources: Resources, detail });
    return { EventId: String(this.events.length) };
  }
}
