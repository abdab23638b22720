/**
 * Answers that the check lets pass although the model does not have them: defects of the fakes, which are not answers of a service, other
 * readings of the fakes, and what AWS has but the installed SDK does not.
 */
interface Exemption {
  /** Name of an error, or text about a member. */
  readonly problem: RegExp;
  readonly operation: RegExp;
  readonly why: string;
}

const EXEMPTIONS: readonly Exemption[] = [
  { problem: /^LocalServiceDefect$/, operation: /./, why: 'a fake that does not imitate a request' },
  { problem: /^NoSuchEntity$/, operation: /^sts:AssumeRole$/, why: 'the other reading of assume-missing-role' },
  {
    problem: /^KmsException$/,
    operation: /^ecr:DescribeImages$/,
    why: 'an error that callers must describe, although AWS does not document that this call needs the key',
  },
  {
    problem: /\.deleteReplication is not a member of ReplicationRule$/,
    operation: /^ecr:(PutReplicationConfiguration|DescribeRegistry)$/,
    why: 'newer than the SDK: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteReplication.html',
  },
  {
    problem: /findingSeverityCounts has the key "UNTRIAGED", which is not in the enumeration$/,
    operation: /^ecr:DescribeImageScanFindings$/,
    why: 'severity of Amazon Inspector, in the text of an enhanced finding; whether the counts use it or UNDEFINED is not documented',
  },
  {
    problem: /ResourceStatus is "UPDATE_(ROLLBACK_)?COMPLETE_CLEANUP_IN_PROGRESS", which is not in the enumeration$/,
    operation: /^cloudformation:Describe(Stack)?Events$/,
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html, "Stack status codes"
    why: 'a stack event has the status of its stack, and the enumeration contains only statuses of resources',
  },
  {
    problem: /imageScanStatus\.status is "(IMAGE_SIZE_EXCEEDED|SOMETHING_OF_2031)", which is not in the enumeration$/,
    operation: /^ecr:DescribeImageScanFindings$/,
    why: 'a status that only the model of botocore has, and one that AWS may add: test/lambda/scan-gate/bad-days.test.ts',
  },
];

/** @param operation as `ecr:DescribeImages` */
export function isExempt(problem: string, operation: string): boolean {
  return EXEMPTIONS.some(exemption => exemption.problem.test(problem) && exemption.operation.test(operation));
}
