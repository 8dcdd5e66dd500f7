package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestEmbedPackage packs @paceline/embed and uses it as others do: the example's typed page is checked against its types and refused
// where it is wrong, the module is imported by the package's name, and the script makes its global.
func TestEmbedPackage(t *testing.T) {
	t.Parallel()
	need(t, "node", "npm", "tar")
	packages(t, ".bin/tsc")
	folder := t.TempDir()
	run := func(name string, args ...string) (string, error) {
		command := exec.Command(name, args...)
		command.Dir = folder
		out, err := command.CombinedOutput()
		return string(out), err
	}
	must := func(name string, args ...string) string {
		t.Helper()
		out, err := run(name, args...)
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return out
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	must("npm", "pack", "--silent", "--offline", filepath.Join(repository, "web/dist/app/host"))
	place := filepath.Join(folder, "node_modules/@paceline/embed")
	if err := os.MkdirAll(place, 0o755); err != nil {
		t.Fatal(err)
	}
	must("tar", "-xzf", "paceline-embed-1.0.0.tgz", "-C", place, "--strip-components=1")
	page, err := os.ReadFile(filepath.Join(repository, "examples/host-app/typed.ts"))
	if err != nil {
		t.Fatal(err)
	}
	write("package.json", `{"type":"module"}`)
	write("typed.ts", string(page))
	write("wrong.ts", `import { open } from "@paceline/embed";
open({ url: "https://x.example", mode: "window" });
open({});
const n: number = (await open({ url: "https://x.example" }).result)!.cycleId;
export { n };
`)
	tsc := filepath.Join(repository, "web/node_modules/.bin/tsc")
	for _, resolution := range []string{"bundler", "nodenext"} {
		kind := map[string]string{"bundler": "esnext", "nodenext": "nodenext"}[resolution]
		check := []string{"--ignoreConfig", "--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022", "--lib", "es2022,dom", "--module", kind, "--moduleResolution", resolution}
		must(tsc, append(check, "typed.ts")...)
		out, err := run(tsc, append(check, "wrong.ts")...)
		if err == nil || strings.Count(out, "wrong.ts(") != 3 {
			t.Errorf("%s: of three mistakes it says: %s", resolution, out)
		}
	}
	write("import.mjs", `import * as embed from "@paceline/embed"; console.log(Object.keys(embed).sort().join(" "));`)
	write("script.mjs", `import { readFileSync } from "node:fs"; import { runInNewContext } from "node:vm";
const page = {}; runInNewContext(readFileSync("node_modules/@paceline/embed/embed.js", "utf8") + ";globalThis.said = Object.keys(Integrations).sort().join(' ')", page); console.log(page.said);`)
	for _, form := range []string{"import.mjs", "script.mjs"} {
		if out := strings.TrimSpace(must("node", form)); out != "EmbedError launch marketplace open orbit" {
			t.Errorf("%s has %q", form, out)
		}
	}
}
