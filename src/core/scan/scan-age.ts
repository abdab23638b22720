/**
 * In seconds. ECR starts at most one basic scan of an image in 24 hours, including scans on push. A scan that completed longer ago than
 * this can therefore always be repeated. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_StartImageScan.html
 */
export const SHORTEST_SCAN_AGE = 86_400;
