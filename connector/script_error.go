package connector

import (
	"context"
	"encoding/json"
	"strings"

	"paceline"
	"paceline/mapping"
	"paceline/script"
)

// methodError is what after_error finds in method_error. What scripts make of the flags and the content counts.
type methodError struct {
	StatusCode   int             `json:"statusCode"` // 0 without an answer
	ReasonPhrase string          `json:"reasonPhrase"`
	Content      json.RawMessage `json:"content"` // the text of the answer, or what went wrong without one
	IsError      bool            `json:"isError"`
	IsWarning    bool            `json:"isWarning"`
	IsSuccess    bool            `json:"isSuccess"`
}

// maxErrorContent bounds the text of an answer that after_error is given.
const maxErrorContent = 1 << 20

// afterError tells the scripts about a call that failed. They may say that it is a warning or a success, and what the
// answer is; nil is a call that did not fail.
func (s *scripted) afterError(ctx context.Context, failed *Error) *Error {
	if !s.has(script.AfterError) || failed.Class == ClassScript || failed.Class == ClassBuild || failed.Waiting {
		return failed
	}
	was := s.methodError(failed)
	globals := s.requestGlobals()
	globals["method_error"], globals["statusCode"], globals["reasonPhrase"] = was, was.StatusCode, was.ReasonPhrase
	after, _, thrown := s.fire(ctx, script.AfterError, globals)
	if thrown != nil && thrown.Waiting {
		if s.got != nil && failed.Class != ClassThrottled {
			return thrown
		}
		// Without an answer there is nothing to judge later on, and who is told to wait waits anyway.
		s.forgetCall()
		s.result.Asked = nil
	}
	if thrown != nil {
		// A script that throws here says better what is wrong.
		failed.Detail = thrown.Detail + "\r\n" + failed.Detail
		return failed
	}
	now := was
	if json.Unmarshal(after["method_error"], &now) != nil {
		return failed // it is no longer what it was
	}
	changed := string(now.Content) != string(was.Content)
	switch {
	case !s.forgivable(failed) || now.IsError && !now.IsWarning && !now.IsSuccess:
		if changed {
			failed.Detail = s.saying(failed, now.Content)
		}
		return failed
	case (now.IsSuccess || !now.IsWarning) && s.replayed: // counted before the wait
	case now.IsSuccess || !now.IsWarning:
		s.result.TasksIncident--
		s.result.TasksOK++
	default:
		text := failed.Detail
		if changed {
			text = s.saying(failed, now.Content)
		}
		s.warn(paceline.CodeCallFailed, text)
	}
	s.becomes(now.Content, changed)
	return nil
}

func (s *scripted) methodError(failed *Error) methodError {
	e := methodError{IsError: true, Content: json.RawMessage(mapping.Quote(failed.Code.Text()))}
	if a := s.got; a != nil {
		body := a.body[:min(len(a.body), maxErrorContent)]
		e.StatusCode, e.ReasonPhrase = a.status, a.reason()
		e.Content = json.RawMessage(mapping.Quote(strings.ToValidUTF8(string(body), "\ufffd")))
	} else if failed.Err != nil {
		detail, _, _ := strings.Cut(failed.Detail, "\r\n")
		e.Content = json.RawMessage(mapping.Quote(detail))
	}
	return e
}

// forgivable reports whether scripts may say that the call did not fail. What asks to wait has to be waited for, whether a
// call whose answer was lost was done nobody knows, and without a credential nothing was called.
func (s *scripted) forgivable(failed *Error) bool {
	switch failed.Class {
	case ClassPermanent, ClassRetry, ClassDecode:
		return s.result.TasksIncident > 0 || s.replayed // it was called
	case ClassAuth:
		return s.got != nil
	}
	return false
}

// saying is the detail of the failure with another text in place of the answer's.
func (s *scripted) saying(failed *Error, content json.RawMessage) string {
	text := mapping.Text(mapping.Value(content))
	if s.got == nil {
		return string(s.mask([]byte(text))) + "\r\n" + failed.Detail
	}
	return s.detail(s.sent, s.got.statusLine, []byte(text))
}

// becomes makes the content the output of the call, read as its answer would be; an object or a list is a document
// already. What cannot be read is no output.
func (s *scripted) becomes(content json.RawMessage, changed bool) {
	s.result.Output, s.result.Rows, s.result.OutputIsResponse = nil, 0, false
	switch mapping.KindOf(mapping.Value(content)) {
	case mapping.Missing, mapping.Null:
		return
	case mapping.String:
	default:
		s.countRows(content)
		return
	}
	a := answer{format: &s.Method.Definition.Response, limit: s.maxResponse(), status: 200}
	if s.got != nil {
		a.header, a.body = s.got.header, s.got.body
	}
	if changed || s.got == nil {
		a.body = []byte(mapping.Text(mapping.Value(content)))
	}
	if s.decode(&a) != nil {
		s.result.Output, s.result.Rows = nil, 0
	}
}

// reason is the status line without protocol and status.
func (a *answer) reason() string {
	_, line, _ := strings.Cut(a.statusLine, " ")
	_, text, _ := strings.Cut(line, " ")
	return text
}
