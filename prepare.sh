#!/bin/sh
# The last part of `npm ci`: checks that the Node that came with it runs here, and builds.

# The first `npx troupe` links this folder into npm's cache, which calls this again: do not build twice.
[ "$npm_command" = exec ] && [ -f dist/troupe.js ] && exit 0

if ! problem=$(node -v 2>&1); then
  echo "The Node.js that this project brings does not run here: $(echo "$problem" | head -n 1)." >&2
  echo "On Debian and Ubuntu, run: apt-get install libatomic1" >&2
  exit 1
fi
npm run -s build
