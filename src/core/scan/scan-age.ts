/**
 * Seconds. ECR starts one basic scan of an image in 24 hours, scans on push included, and a scan is complete after it was started: one that
 * was complete longer ago than this can always be repeated.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_StartImageScan.html
 */
export const SHORTEST_SCAN_AGE = 86_400;
