import { failOnViolations } from '../sdk-model/violations';

afterEach(failOnViolations);
afterAll(failOnViolations);
