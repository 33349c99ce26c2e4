// The page starts this worker twice: one trains, the other looks at what was learned, so that neither waits for the other.
import init from "./wgrad/wgrad.js";
import { answer } from "./calls.js";
import * as trainer from "./trainer.js";
import * as viewer from "./viewer.js";

answer({ ...trainer, ...viewer }, init());
