/** Loaded first by a thread that an agent makes. */

import { shutDoors } from "./doors.ts";

shutDoors();
