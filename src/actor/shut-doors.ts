/** Loaded first by a thread that an agent makes. */

import { shutAllDoors } from "./doors.ts";

shutAllDoors();
