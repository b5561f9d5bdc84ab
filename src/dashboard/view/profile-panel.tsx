/** A profile of the agent's thread: taken for some seconds, shown as a flame graph, downloaded as a file. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { CpuProfile, HeapProfile } from "../../model/agent-inside.ts";
import type { ErrorData } from "../../model/error-data.ts";
import {
  PROFILE_SECONDS_DEFAULT,
  PROFILE_SECONDS_MAX,
  PROFILE_SECONDS_MIN,
} from "../../model/limits.ts";
import { bytesText } from "../../picture/number-text.ts";
import { durationText } from "../../picture/time-text.ts";
import { errorDataOf, getJson } from "../link/api.ts";
import { type FlameNode, flameOfCpu, flameOfHeap } from "../state/flame-tree.ts";
import { Button } from "./button.tsx";
import { ErrorBox } from "./error-box.tsx";
import { FlameChart } from "./flame-chart.tsx";

type Kind = "cpu-profile" | "heap-profile";

interface Taken {
  readonly kind: Kind;
  readonly profile: CpuProfile | HeapProfile;
  readonly root: FlameNode;
}

const labels: Readonly<Record<Kind, string>> = {
  "cpu-profile": "processor",
  "heap-profile": "heap",
};

export function ProfilePanel({ id }: { readonly id: string }) {
  const [kind, setKind] = useState<Kind>("cpu-profile");
  const [seconds, setSeconds] = useState(String(PROFILE_SECONDS_DEFAULT));
  const { taken, error, isTaking, take, end } = useProfile(id);
  const length = Number(seconds);
  const isValid = length >= PROFILE_SECONDS_MIN && length <= PROFILE_SECONDS_MAX;
  return (
    <section class="panel" aria-label="Profile">
      <form
        class="inside-head"
        onSubmit={(event) => {
          event.preventDefault();
          if (isTaking) end();
          else if (isValid) void take(kind, length);
        }}
      >
        <h2>Profile</h2>
        <select
          class="select"
          aria-label="Kind of profile"
          value={kind}
          onChange={({ currentTarget }) => setKind(currentTarget.value as Kind)}
        >
          <option value="cpu-profile">Processor</option>
          <option value="heap-profile">Heap</option>
        </select>
        <label class="inside-seconds">
          <input
            class="input"
            inputMode="decimal"
            aria-label="Seconds"
            aria-invalid={!isValid}
            value={seconds}
            onInput={({ currentTarget }) => setSeconds(currentTarget.value)}
          />{" "}
          s
        </label>
        <Button type="submit" aria-disabled={!(isValid || isTaking)}>
          {isTaking ? "Cancel" : "Take a profile"}
        </Button>
        <span class="faint" aria-live="polite">
          {noteOf(isTaking, isValid, length)}
        </span>
      </form>
      {error !== null && <ErrorBox error={error} />}
      {taken !== null && <TakenProfile id={id} taken={taken} />}
    </section>
  );
}

function noteOf(isTaking: boolean, isValid: boolean, seconds: number): string {
  if (!isValid) return `Seconds from ${PROFILE_SECONDS_MIN} to ${PROFILE_SECONDS_MAX}.`;
  if (isTaking) return `Taking a profile for ${seconds} s…`;
  return "A function that was already running at the start and calls no other is not named.";
}

function useProfile(id: string) {
  const [taken, setTaken] = useState<Taken | null>(null);
  const [error, setError] = useState<ErrorData | null>(null);
  const [isTaking, setTaking] = useState(false);
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), [id]);
  const take = async (kind: Kind, seconds: number) => {
    const ended = new AbortController();
    running.current = ended;
    setTaking(true);
    setError(null);
    try {
      const path = `/api/agents/${encodeURIComponent(id)}/${kind}?seconds=${seconds}`;
      const profile = await getJson<CpuProfile & HeapProfile>(path, ended.signal, seconds * 1_000);
      const root = kind === "cpu-profile" ? flameOfCpu(profile) : flameOfHeap(profile);
      setTaken({ kind, profile, root });
    } catch (thrown) {
      if (!ended.signal.aborted) setError(errorDataOf(thrown));
    }
    setTaking(false);
  };
  return { taken, error, isTaking, take, end: () => running.current?.abort() };
}

interface TakenProps {
  readonly id: string;
  readonly taken: Taken;
}

function TakenProfile({ id, taken }: TakenProps) {
  const { kind, profile, root } = taken;
  const isCpu = kind === "cpu-profile";
  return (
    <>
      <p class="inside-note">
        {isCpu
          ? busyText(profile as CpuProfile, root)
          : `${bytesText(root.total)} allocated and kept`}
        {" · "}
        <Download id={id} taken={taken} />
      </p>
      {root.total > 0 && (
        <FlameChart
          key={root.key + root.total}
          root={root}
          textOf={isCpu ? (us) => durationText(us / 1_000) : bytesText}
        />
      )}
    </>
  );
}

function busyText({ startTime, endTime }: CpuProfile, { total }: FlameNode): string {
  const tookMs = (endTime - startTime) / 1_000;
  const share = Math.min(100, Math.round((total / (endTime - startTime)) * 100));
  return `busy ${share} % of ${durationText(tookMs)}`;
}

/** The page has the profile already, so the file is made here. */
function Download({ id, taken: { kind, profile } }: TakenProps) {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    const blob = new Blob([JSON.stringify(profile)], { type: "application/json" });
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [profile]);
  const ending = kind === "cpu-profile" ? "cpuprofile" : "heapprofile";
  if (address === null) return null;
  return (
    <a href={address} download={`${id.replaceAll(/[^\w.-]/g, "_")}.${ending}`}>
      Download the {labels[kind]} profile for Chrome's tools
    </a>
  );
}
