package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// instant is a remote in memory that answers every call at once with 1 KB.
type instant struct {
	calls atomic.Int64
	// arrived is told the body of each call; nil: nobody is.
	arrived func(body []byte)
}

var answer = []byte(`{"id":"crm-4711","status":"created","notes":"` + strings.Repeat("x", 1024-48) + `"}`)

// RoundTrip implements http.RoundTripper.
func (r *instant) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	r.calls.Add(1)
	if r.arrived != nil {
		r.arrived(body)
	}
	return &http.Response{
		StatusCode: http.StatusCreated, Status: "201 Created", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(answer)),
		ContentLength: int64(len(answer)), Request: req,
	}, nil
}

// silent is a remote that never answers, so that what is accepted waits.
type silent struct{}

// RoundTrip implements http.RoundTripper.
func (silent) RoundTrip(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, context.Cause(req.Context())
}
