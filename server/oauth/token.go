// Package oauth is the token endpoint. Its errors have the shape of OAuth, not {"Message"}.
package oauth

import (
	"encoding/json"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"paceline"
	"paceline/server/fault"
	"paceline/tenant"
)

const maxForm = 64 << 10

// Handler answers POST /oauth/token.
type Handler struct {
	Tenant *tenant.Tenant
	Log    *slog.Logger
}

type tokenAnswer struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"`
	RefreshToken string `json:"refresh_token,omitempty"`
	UserName     string `json:"userName,omitempty"`
	ClientID     string `json:"clientId"`
	Refresh      string `json:".refresh"`
	Issued       string `json:".issued"`
	Expires      string `json:".expires"`
}

// ServeHTTP reads the form, asks tenant for a token and writes it.
func (h *Handler) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	head := w.Header()
	head.Set("Cache-Control", "no-cache, no-store")
	head.Set("Pragma", "no-cache")
	head.Set("Expires", "-1")
	if q.Method != http.MethodPost && q.Method != http.MethodGet {
		head.Set("Allow", "POST")
		fault.Of(q.Context(), h.Log, paceline.Fail(paceline.CodeMethodNotAllowed, "method", q.Method)).Write(w)
		return
	}
	request, err := h.read(w, q)
	if err == nil {
		var token tenant.Token
		if token, err = h.Tenant.IssueToken(q.Context(), request); err == nil {
			h.write(w, token)
			return
		}
	}
	h.refuse(w, q, err)
}

func (h *Handler) read(w http.ResponseWriter, q *http.Request) (tenant.TokenRequest, error) {
	r := tenant.TokenRequest{Address: fault.Client(q.Context())}
	q.Body = http.MaxBytesReader(w, q.Body, maxForm)
	kind, _, _ := mime.ParseMediaType(q.Header.Get("Content-Type"))
	if q.ContentLength != 0 && (kind == "application/json" || strings.HasPrefix(kind, "multipart/")) {
		return r, &tenant.OAuthError{Code: "invalid_request", Description: "The body must be application/x-www-form-urlencoded."}
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.ByGet = q.Method == http.MethodGet
	if r.ByGet { // clients that call with GET send the form as their body, which is read of a POST alone
		post := *q
		post.Method = http.MethodPost
		q = &post
	}
	if err := q.ParseForm(); err != nil {
		return r, &tenant.OAuthError{Code: "invalid_request", Description: "The form could not be read."}
	}
	form := q.PostForm
	if r.ByGet {
		form = q.Form
	}
	r.GrantType = form.Get("grant_type")
	r.ClientID, r.ClientSecret = form.Get("client_id"), form.Get("client_secret")
	r.Scope = form.Get("scope")
	r.UserName, r.Password = form.Get("username"), form.Get("password")
	r.RefreshToken = form.Get("refresh_token")
	if id, secret, ok := q.BasicAuth(); ok {
		r.ClientID, r.ClientSecret = id, secret
	}
	return r, nil
}

func (h *Handler) write(w http.ResponseWriter, t tenant.Token) {
	refresh := "False"
	if t.RefreshToken != "" {
		refresh = "True"
	}
	send(w, http.StatusOK, tokenAnswer{
		AccessToken: t.AccessToken, TokenType: "bearer", ExpiresIn: t.ExpiresIn, RefreshToken: t.RefreshToken, UserName: t.UserName,
		ClientID: t.ClientID, Refresh: refresh, Issued: gmt(t.IssuedAt), Expires: gmt(t.ExpiresAt),
	})
}

func (h *Handler) refuse(w http.ResponseWriter, q *http.Request, err error) {
	if e, ok := errors.AsType[*tenant.OAuthError](err); ok {
		send(w, http.StatusBadRequest, map[string]string{"error": e.Code, "error_description": e.Description})
		return
	}
	fault.Of(q.Context(), h.Log, err).Write(w)
}

func send(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	body, err := json.Marshal(v)
	if err == nil {
		w.Write(body)
	}
}

func gmt(m paceline.Micros) string {
	return m.Time().Format(time.RFC1123[:len(time.RFC1123)-3] + "GMT")
}
