/** What a thread that an agent makes loads before anything else. */

import { shutDoors } from "./doors.ts";

shutDoors();
