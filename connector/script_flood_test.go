package connector_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
	"paceline/script"
	"paceline/script/worker"
)

// floods are scripts that ask the server for far more than they are themselves.
var floods = map[string]struct {
	step, format, answer string
	code                 paceline.Code
	detail               string
}{
	"a query":            {step: "method_request_parameters['q'.repeat(1e5)] = Array(1e5).fill(1)", code: paceline.CodeBuildRequest, detail: "the address becomes longer than 64 KiB"},
	"a known parameter":  {step: "method_request_parameters.Q = Array(1e6).fill(1)", code: paceline.CodeBuildRequest, detail: "the address becomes longer than 64 KiB"},
	"a path":             {step: "method_request_mergefields.Id = 'a'.repeat(1e6)", code: paceline.CodeBuildRequest, detail: "the address becomes longer than 64 KiB"},
	"headers":            {step: "for (let i = 0; i < 2e5; i++) method_request_headers['X-' + i] = ''", code: paceline.CodeBuildRequest, detail: "the request has more than 200 headers"},
	"a long header":      {step: "method_request_headers.X = 'x'.repeat(1e5)", code: paceline.CodeBuildRequest, detail: "more than 64 KiB of them"},
	"a form":             {step: "method_request = { ['k'.repeat(1e5)]: Array(1e5).fill(1) }", format: "form", code: paceline.CodeRequestTooLarge, detail: "has more than 26214400 bytes"},
	"elements":           {step: "method_request = { a: { ['k'.repeat(1e5)]: Array(1e5).fill(1) } }", format: "xml", code: paceline.CodeRequestTooLarge, detail: "has more than 26214400 bytes"},
	"parts":              {step: "method_request = { ['k'.repeat(1e5)]: Array(1e5).fill(1) }", format: "multipart", code: paceline.CodeRequestTooLarge, detail: "has more than 26214400 bytes"},
	"levels of elements": {step: levels, format: "xml", code: paceline.CodeBuildRequest, detail: "nested too deeply for its size"},
	"levels of a form":   {step: levels, format: "form", code: paceline.CodeBuildRequest, detail: "nested too deeply for its size"},
	"headers of a request": {
		step: "const h = {}; for (let i = 0; i < 1e5; i++) h['X-' + i] = ''; try { http_request({ url: 'https://a.example', headers: h }) } catch (e) { throw new Error('said: ' + e.message) }",
		code: paceline.CodeScriptFailed, detail: "said: the request has more than 200 headers",
	},
	"the address of a request": {
		step: "http_request({ url: 'https://a.example/?' + 'q'.repeat(1e6) })", code: paceline.CodeScriptFailed, detail: "the address becomes longer than 64 KiB",
	},
	"an answer that grows": {
		step: "try { http_request({ url: 'https://a.example' }) } catch (e) { throw new Error('said: ' + e.message) }", answer: strings.Repeat("\x01", 4<<20),
		code: paceline.CodeScriptFailed, detail: "said: the answer is larger than 16 MiB as JSON",
	},
	"a secret at the cut of an answer": {answer: strings.Repeat("x", 32<<10-5) + "geheim", code: paceline.CodeCallFailed, detail: "xxx"},
}

// levels makes a document of which each level would be read with all that is in it.
const levels = "let v = 'x'.repeat(8e6); for (let i = 0; i < 400; i++) v = { a: v }; method_request = v"

// TestScriptsFloodNothing: what a small script asks for without a bound is refused before it is made.
func TestScriptsFloodNothing(t *testing.T) {
	t.Parallel()
	pool := script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}, Limits: script.Limits{Wall: script.MaxWall}})
	t.Cleanup(pool.Close)
	for name, c := range floods {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := fmt.Sprintf(scriptDoc, `"// none"`, `"// none"`)
			if c.format != "" {
				text = strings.Replace(text, "format: json, fields: [{loc: name}]", "format: "+c.format+", fields: [{loc: a.b}]", 1)
			}
			def, problems := connector.Parse("acme", []byte(text))
			if def == nil {
				t.Fatal(problems)
			}
			compiled, err := connector.Compile(def)
			if err != nil {
				t.Fatal(err)
			}
			w := &web{answer: func(*http.Request) (int, string) { return 400, c.answer }}
			runtime := connector.New(connector.Config{Transport: w, Scripts: pool, Limits: connector.Limits{Sends: 1}})
			call := connector.Call{
				Instance: &connector.Instance{Account: 1, Partner: 1, Compiled: compiled, AuthValue: "geheim"}, Method: compiled.Method("send"),
				Inputs: mapping.Inputs{Params: []mapping.Param{{In: "path", Name: "Id", Value: json.RawMessage("7")}}},
			}
			if c.step != "" {
				call.Script.Step = "function before_action() { " + c.step + " }"
			}
			_, err = runtime.Call(t.Context(), call)
			failed, ok := errors.AsType[*connector.Error](err)
			if !ok || failed.Code != c.code || !strings.Contains(failed.Detail, c.detail) || strings.Contains(failed.Detail, "xge") {
				t.Errorf("ended with %.300v", err)
			}
			if c.step != "" && c.answer == "" && len(w.seen) > 0 {
				t.Errorf("%d requests were made", len(w.seen))
			}
		})
	}
}
