package connector

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"paceline"
	"paceline/script"
)

// Asked is what one request or storage function of a script was answered, or the step's own call. A step that waits in
// the middle of its scripts keeps them: the scripts run once more from their beginning, and find what they have done
// done. Without that nothing with two requests would ever come to an end under a limit that lets one through at a time.
type Asked struct {
	Event  string          `json:"e"` // "" for the step's own call
	What   string          `json:"w,omitempty"`
	Answer json.RawMessage `json:"a,omitempty"`
	Error  string          `json:"x,omitempty"`
	// Over says that more was asked for from here on in the event than is kept: it cannot be answered once more.
	Over bool `json:"o,omitempty"`
}

// The bounds of what is kept: in bytes, and for a call that the remote itself makes wait, whose scripts may have got what
// ends by then, such as a session.
const (
	maxAsked  = 1 << 20
	askedLast = 10 * time.Minute
)

// keptAnswer is an answer of the step's own call.
type keptAnswer struct {
	Status int         `json:"s"`
	Line   string      `json:"l"`
	Header http.Header `json:"h"`
	Body   []byte      `json:"b"`
}

// about names what is asked for. The query and the data may hold the time, so that they do not count.
func about(name string, args json.RawMessage) string {
	if name != script.FuncHTTP {
		if len(args) > maxStorageArgs { // it is refused
			return fmt.Sprintf("%s %d", name, len(args))
		}
		return brief(name + " " + string(args))
	}
	var in scriptRequest
	if json.Unmarshal(args, &in) != nil {
		return name
	}
	address, _, _ := strings.Cut(in.URL, "?")
	return brief(name + " " + strings.ToUpper(firstOf(in.Method, http.MethodGet)) + " " + address)
}

// maxWhat bounds Asked.What.
const maxWhat = 256

// brief is a text of which a long one is known again without being kept.
func brief(text string) string {
	if len(text) <= maxWhat {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return strings.ToValidUTF8(text[:maxWhat/2], "") + " " + hex.EncodeToString(sum[:])
}

// keep remembers what a script was told, as long as it is no more than can be kept for a step that waits.
func (h *scriptHost) keep(a Asked) {
	switch {
	case over(h.asked):
	case sizeOf(h.asked)+sizeOf([]Asked{a}) > maxAsked:
		h.asked = append(h.asked, Asked{Event: a.Event, Over: true})
	default:
		h.asked = append(h.asked, a)
	}
}

// over reports whether more was asked for than is kept.
func over(list []Asked) bool { return slices.ContainsFunc(list, func(a Asked) bool { return a.Over }) }

// known returns what the script was told before, when it asks for the same in the same place.
func (h *scriptHost) known(what string) (Asked, bool) {
	n, behind := 0, false
	own := func(a *Asked) bool { return a.Event == string(h.event) && !a.Over }
	for i := range h.asked {
		if !own(&h.asked[i]) {
			continue
		}
		if n++; n <= h.n {
			continue
		}
		if brief(h.asked[i].What) == what {
			h.n++
			return h.asked[i], true
		}
		behind = true
		break
	}
	if !behind {
		return Asked{}, false
	}
	// It has taken another way; what was behind no longer counts.
	n = 0
	rest := h.asked[:0:0]
	for i := range h.asked {
		if own(&h.asked[i]) {
			if n++; n > h.n {
				continue
			}
		}
		rest = append(rest, h.asked[i])
	}
	h.asked = rest
	return Asked{}, false
}

// forgetCall forgets the step's own call and what came after it: it is made once more.
func (c *running) forgetCall() {
	rest := c.asked[:0:0]
	for _, a := range c.asked {
		if a.Event == string(script.BeforeAction) {
			rest = append(rest, a)
		}
	}
	c.asked = rest
}

// answeredBefore is the answer of the step's own call, if it was made before the step had to wait.
func (c *running) answeredBefore() *answer {
	for _, a := range c.asked {
		var kept keptAnswer
		if a.Event == "" && json.Unmarshal(a.Answer, &kept) == nil {
			c.replayed = true
			return &answer{status: kept.Status, statusLine: kept.Line, header: kept.Header, body: kept.Body,
				format: &c.Method.Definition.Response, limit: c.maxResponse()}
		}
	}
	return nil
}

// waitsWith is the failure of scripts that have to wait, which keep what they have done. Where that cannot be kept, a call
// that must not be made twice fails instead.
func (s *scripted) waitsWith(e script.Event, wait *Error) *Error {
	whole := true
	if a := s.got; a != nil && s.answeredBefore() == nil {
		if a.file != nil || a.stream != nil || a.failed != nil {
			whole = false
		} else {
			text, _ := json.Marshal(keptAnswer{a.status, a.statusLine, a.header, a.body})
			s.asked = append(s.asked, Asked{Answer: text})
		}
	}
	if whole && !over(s.asked) && sizeOf(s.asked) <= maxAsked {
		s.result.Asked = s.asked
		return wait
	}
	s.result.Asked = nil
	if wait.Code == paceline.CodeScriptsHeld && (s.got == nil || s.repeatable()) {
		return wait
	}
	return &Error{Class: ClassScript, Code: paceline.CodeScriptFailed, Err: wait,
		Detail: string(e) + " has to wait, and what the step has done before is too large to be kept until then. " + wait.Detail + s.said()}
}

// keepAsked keeps what scripts have done before a call that has to wait.
func (c *running) keepAsked(failed *Error) {
	if failed != nil && failed.Class == ClassThrottled && c.result.Asked == nil && len(c.asked) > 0 &&
		failed.RetryAfter <= askedLast && !over(c.asked) && sizeOf(c.asked) <= maxAsked {
		c.result.Asked = c.asked
	}
}

func sizeOf(list []Asked) (n int) {
	for _, a := range list {
		n += len(a.What) + len(a.Answer) + len(a.Error)
	}
	return n
}

// handed is what the scripts behind the last call need of it.
type handed struct {
	Data json.RawMessage `json:"d,omitempty"`
	Seen map[string]any  `json:"s,omitempty"`
}

// Hand writes what Rest has for the scripts behind the last call, for a step that waits in between.
func (r *Result) Hand() json.RawMessage {
	text, err := json.Marshal(handed{r.Data, r.seen})
	if err != nil {
		panic("what scripts see is always JSON: " + err.Error())
	}
	return text
}

// Handed reads what Hand wrote.
func Handed(text json.RawMessage) (Result, error) {
	var h handed
	err := json.Unmarshal(text, &h)
	return Result{Data: h.Data, seen: h.Seen}, err
}
