package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"paceline"
	"paceline/server/fault"
	"paceline/tenant"
)

// Call is who calls, in which account, and the response that headers go to.
type Call struct {
	Principal paceline.Principal
	Account   paceline.Account // zero where the route has no account, or none was named
	Writer    http.ResponseWriter
	Request   *http.Request
}

// viewer is the caller as one who reads the catalogue: in an account, with what that account alone has.
func (c *Call) viewer() paceline.Principal {
	p := c.Principal
	if c.Account.Num != 0 {
		p.RestrictedTo = c.Account.Num
	}
	return p
}

type callKey struct{}

func callOf(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

// admit is the door of one route: token, address, account header, rights, in this order.
func (a *API) admit(r Route) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		q, w := humachi.Unwrap(hc)
		call, err := a.identify(q, r)
		if err == nil {
			err = checkQuery(q.URL.RawQuery)
		}
		if err != nil {
			if paceline.KindOf(err) == paceline.Unauthorized {
				w.Header().Set("WWW-Authenticate", "Bearer") // as the original, and every client of HTTP expects it
			}
			fault.Of(q.Context(), a.log, err).Write(w)
			return
		}
		call.Writer, call.Request = w, q
		if a.Nodes == nil {
			next(huma.WithValue(hc, callKey{}, call))
			return
		}
		root, err := a.rootOf(hc, r, call)
		if err != nil {
			fault.Of(q.Context(), a.log, err).Write(w)
			return
		}
		if root != 0 && a.Nodes.Pass(w, q, root, fault.Client(q.Context())) {
			return
		}
		next(huma.WithValue(hc, callKey{}, call))
		if root == 0 && q.Method != http.MethodGet && q.Method != http.MethodHead {
			a.Nodes.Changed(q.Context())
		}
	}
}

// checkQuery refuses what no text of a database can be: bytes that are no UTF-8, and NUL.
func checkQuery(raw string) error {
	for pair := range strings.SplitSeq(raw, "&") {
		if text, err := url.QueryUnescape(pair); err == nil && (!utf8.ValidString(text) || strings.ContainsRune(text, 0)) {
			return paceline.Fail(paceline.CodeRequestInvalid)
		}
	}
	return nil
}

// rootOf is the root account that a call is about, 0 when it is about none or an unknown one.
func (a *API) rootOf(hc huma.Context, r Route, c *Call) (int64, error) {
	if c.Account.Num != 0 {
		return c.Account.Root, nil
	}
	if id := hc.Param("account"); id != "" && r.Level == Partner {
		root, _, err := a.tenant.RootOf(hc.Context(), c.Principal, id)
		return root, err
	}
	return 0, nil
}

func (a *API) identify(q *http.Request, r Route) (*Call, error) {
	ctx := q.Context()
	token, err := a.tokenOf(q)
	if err != nil {
		return nil, err
	}
	p, err := a.tenant.Authenticate(ctx, token)
	if err != nil {
		return nil, err
	}
	if err := a.tenant.AdmitAddress(ctx, p, fault.Client(ctx)); err != nil {
		return nil, err
	}
	if p.NeedsFactor {
		return nil, paceline.Fail(paceline.CodeFactorMissing)
	}
	c := &Call{Principal: p}
	if r.Level == Partner {
		if !p.MayPartner() {
			return nil, paceline.Fail(paceline.CodeDenied)
		}
		return c, a.mayArea(p, r)
	}
	named := q.Header.Values("X-Cyclr-Account")
	if len(named) == 0 {
		named = q.Header.Values("X-Paceline-Account") // our own name for the same header
	}
	if r.Level == Account || len(named) > 0 || p.RestrictedTo != 0 {
		if c.Account, err = a.tenant.ResolveAccount(ctx, p, named); err != nil {
			return nil, err
		}
	}
	return c, a.mayArea(p, r)
}

// mayArea checks the rights of console users. An account's own user has none of them and may work in that account.
func (a *API) mayArea(p paceline.Principal, r Route) error {
	if p.Kind == paceline.UserPrincipal && p.RestrictedTo == 0 && !p.Rights.Full && r.Right != "" && r.Right != tenant.AreaReports && p.Rights.Areas[r.Right] < r.RightAs {
		return paceline.Fail(paceline.CodeForbidden)
	}
	return nil
}

// tokenOf is a request's bearer token, else that of the web application's session.
func (a *API) tokenOf(q *http.Request) (string, error) {
	if q.Header.Get("Authorization") != "" {
		return bearer(q), nil
	}
	return a.Cookie.Bearer(q)
}

func bearer(q *http.Request) string {
	scheme, token, ok := strings.Cut(q.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// fault turns an error of an operation into its answer.
func (a *API) fault(ctx context.Context, err error) error { return fault.Of(ctx, a.log, err) }

// guid reads a path segment that must be a UUID: with hyphens, also in braces or parentheses, or without hyphens.
func guid(text string) (paceline.ID, error) {
	if n := len(text); n == 38 && (text[0] == '{' && text[n-1] == '}' || text[0] == '(' && text[n-1] == ')') {
		text = text[1 : n-1]
	} else if n == 32 {
		text = text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
	}
	id, ok := paceline.ParseID(text)
	if !ok {
		return "", paceline.Fail(paceline.CodeRequestInvalid)
	}
	return id, nil
}

// number reads a path segment that must be a positive 32-bit integer.
func number(text string) (int32, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, paceline.Fail(paceline.CodeRequestInvalid)
	}
	return int32(n), nil
}

// numberOf is an id of a body: -1, which nothing has, for one that no id can be.
func numberOf(n int) int32 {
	if int(int32(n)) != n {
		return -1
	}
	return int32(n)
}

// substitute rewrites a request's path from one pattern to another with the same parameters.
func substitute(q *http.Request, from, to string) string {
	values := map[string]string{}
	have := strings.Split(q.URL.Path, "/")
	for i, part := range strings.Split(from, "/") {
		if strings.HasPrefix(part, "{") && i < len(have) {
			values[part] = have[i]
		}
	}
	parts := strings.Split(to, "/")
	for i, part := range parts {
		if v, ok := values[part]; ok {
			parts[i] = v
		}
	}
	return strings.Join(parts, "/")
}

// again clears the router's state, so that a rewritten request is routed from the start.
func again(q *http.Request) *http.Request {
	return q.WithContext(context.WithValue(q.Context(), chi.RouteCtxKey, nil))
}
