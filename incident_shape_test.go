package paceline

import "testing"

func TestSignatures(t *testing.T) {
	for detail, want := range map[string]string{
		"": "", "before_action, line 3": "",
		"HTTP/1.1 422 Unprocessable Entity\r\n{\"name\":\"Ada\"}\r\n\r\n\r\nHTTP Request:\r\nPOST https://a.example/x HTTP/1.1\r\nHost: a.example": "POST 422",
		"HTTP/2.0 404 Not Found\r\nHTTP/1.1 200 OK\r\n\r\n\r\nHTTP Request:\r\nGET https://a.example/x HTTP/1.1":                                   "GET 404",
		"it is a teapot\r\nHTTP/1.1 418 Teapot\r\n{}\r\n\r\n\r\nHTTP Request:\r\nPUT https://a.example/ HTTP/1.1":                                  "PUT 418",
		"no answer came\r\n\r\n\r\nHTTP Request:\r\nDELETE https://a.example/ HTTP/1.1":                                                            "DELETE",
	} {
		in := Incident{StepID: "s1", Code: CodeCallFailed, Shape: ShapeOf(detail)}
		if in.Shape != want {
			t.Errorf("%q has the shape %q, want %q", detail, in.Shape, want)
		}
		if s, ok := ParseSignature(in.Signature().String()); !ok || s != in.Signature() {
			t.Errorf("%q is read as %v", in.Signature(), s)
		}
	}
	for _, text := range []string{"", "a", "a/b", "a//c"} {
		if s, ok := ParseSignature(text); ok {
			t.Errorf("%q is read as %v", text, s)
		}
	}
}
