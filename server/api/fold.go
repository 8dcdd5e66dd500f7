package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// folder makes paths and query names independent of letter case: it knows the literal segments of
// every route by their place, and the query names of every operation.
type folder struct {
	root    *segment
	queries map[string]string // by lower case
}

type segment struct {
	literal map[string]*segment // by lower case
	names   map[string]string   // lower case -> as registered
	param   *segment
	methods []string // of the routes that end here
	free    bool     // the parameter may hold any text, so a literal beside it must match exactly
}

func newFolder() *folder { return &folder{root: &segment{}, queries: map[string]string{}} }

// learn adds the path of a route with its methods.
func (f *folder) learn(path string, methods ...string) {
	at := f.root
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if strings.HasPrefix(part, "{") {
			if at.param == nil {
				at.param = &segment{}
			}
			at.free = at.free || part == "{account}"
			at = at.param
			continue
		}
		if at.literal == nil {
			at.literal, at.names = map[string]*segment{}, map[string]string{}
		}
		low := strings.ToLower(part)
		if at.literal[low] == nil {
			at.literal[low], at.names[low] = &segment{}, part
		}
		at = at.literal[low]
	}
	at.methods = append(at.methods, methods...)
}

// path returns the path with literal segments as registered and without a slash at the end, and the methods that it has: none
// when it is no route, or may be another's, of an account that is called like a literal.
func (f *folder) path(escaped string) (folded string, methods []string) {
	parts := strings.Split(strings.Trim(escaped, "/"), "/")
	at, sure := f.root, true
	for i, part := range parts {
		if at == nil {
			break
		}
		low := strings.ToLower(part)
		next := at.literal[low]
		if next != nil && at.free && at.names[low] != part {
			next = nil
		}
		if next == nil {
			at = at.param
			continue
		}
		sure = sure && !at.free
		parts[i], at = at.names[low], next
	}
	if at != nil && sure {
		methods = at.methods
	}
	return "/" + strings.Join(parts, "/"), methods
}

// query returns the query with known names as documented.
func (f *folder) query(raw string) string {
	if raw == "" {
		return raw
	}
	pairs := strings.Split(raw, "&")
	for i, pair := range pairs {
		name, value, eq := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil {
			continue
		}
		if known, ok := f.queries[strings.ToLower(plain)]; ok && known != name {
			pairs[i] = known
			if eq {
				pairs[i] += "=" + value
			}
		}
	}
	return strings.Join(pairs, "&")
}

// wrap folds each request before next routes it. A method that the path does not have is refused here: the router would go on to
// a route whose parameter could be the literal, and say that it is malformed.
func (f *folder) wrap(next http.Handler, refuse http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		escaped := q.URL.EscapedPath()
		folded, methods := f.path(escaped)
		if len(methods) > 0 && !slices.Contains(methods, q.Method) {
			w.Header().Set("Allow", strings.Join(methods, ", "))
			refuse(w, q)
			return
		}
		if folded != escaped {
			if plain, err := url.PathUnescape(folded); err == nil {
				q.URL.Path, q.URL.RawPath = plain, folded
				if plain == folded {
					q.URL.RawPath = ""
				}
			}
		}
		q.URL.RawQuery = f.query(q.URL.RawQuery)
		// Bodies are JSON whatever their sender calls them.
		q.Header.Set("Content-Type", "application/json")
		next.ServeHTTP(w, q)
	})
}
