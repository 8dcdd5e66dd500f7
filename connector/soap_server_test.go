package connector_test

import (
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/internal/egress"
)

// soapService is a definition of the service of testdata/soap, whose description (WSDL) its server holds calls to.
var soapService = head + "methods:" + putOrder("put-order", "{action: 'urn:acme:orders:PutOrder'}") + putOrder("put-order-newer", "{version: '1.2', action: 'urn:acme:orders:PutOrder'}")

func putOrder(id, soap string) string {
	return `
  - id: ` + id + `
    name: Put Order
    repeat: safe
    params: [{name: Version, in: path, required: true}]
    request:
      method: POST
      path: "/{{Version}}"
      format: soap
      soap: ` + soap + `
      fields:
        - {loc: "Header.Session.@xmlns", hidden: true, default: "urn:acme:orders"}
        - {loc: "Header.Session.Token", name: Token, required: true}
        - {loc: "Body.PutOrder.@xmlns", hidden: true, default: "urn:acme:orders"}
        - {loc: "Body.PutOrder.Number", name: Number, required: true}
        - {loc: "Body.PutOrder.[Line]", name: Lines, type: any}
    response: {format: soap, rows: "Body.PutOrderResponse.[Line]"}
`
}

// TestSOAPServer calls a server that others wrote, in both versions of SOAP: headers, lists, faults of either side, and what its
// description does not allow.
func TestSOAPServer(t *testing.T) {
	t.Parallel()
	b := setupText(t, soapService)
	address := soapServer(t)
	guard, err := egress.New(egress.Config{Allow: []string{address}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guard.CloseIdle)
	b.runtime = connector.New(connector.Config{Transport: guard.Transport(), Clock: b.clock})
	b.instance.Properties["BaseUrl"] = "http://" + address
	for method, version := range map[string]string{"put-order": "1.1", "put-order-newer": "1.2"} {
		order := func(number, token string, more ...string) (connector.Result, *connector.Error) {
			return b.callFields(method, append([]string{"Header.Session.Token=" + token, "Body.PutOrder.Number=" + number}, more...), `path:Version="`+version+`"`)
		}
		result, failed := order(`"A&<17>"`, `"open sesame"`, `Body.PutOrder.[Line]=[{"Sku": "x", "Quantity": 3}, {"Sku": "ÿ", "Quantity": 4}]`)
		const want = `{"Body":{"PutOrderResponse":{"Number":"A&<17>","Total":"7","Line":[{"Sku":"x","Quantity":"3"},{"Sku":"ÿ","Quantity":"4"}]}}}`
		if failed != nil || result.Rows != 2 || string(result.Output) != want {
			t.Errorf("%s: %v %s", version, failed, result.Output)
		}
		for name, c := range map[string]struct {
			number, token, says string
			class               connector.Class
			more                []string
		}{
			"the sender's fault":      {`"A-17"`, `"wrong"`, "The token is wrong.", connector.ClassPermanent, nil},
			"the receiver's fault":    {`"busy"`, `"open sesame"`, "Ask again later.", connector.ClassRetry, nil},
			"less than is described":  {`"A-17"`, `"open sesame"`, "Quantity", connector.ClassRetry, []string{`Body.PutOrder.[Line]=[{"Sku": "x"}]`}},
			"not the type of its own": {`"A-17"`, `"open sesame"`, "encoding rules", connector.ClassRetry, []string{`Body.PutOrder.[Line]=[{"Sku": "x", "Quantity": "many"}]`}},
		} {
			if _, failed := order(c.number, c.token, c.more...); failed == nil || failed.Class != c.class || !strings.Contains(failed.Detail, c.says) {
				t.Errorf("%s, %s: %+v", version, name, failed)
			}
		}
	}
}

// soapServer starts PHP's SOAP server and returns where it is.
func soapServer(t *testing.T) string {
	t.Helper()
	if out, err := exec.Command("../scripts/need", "php-soap").CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	var said strings.Builder
	cmd := exec.Command("php", "-S", address, "testdata/soap/orders.php")
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	clock := paceline.SystemClock{}
	for until := clock.Now().Add(20 * time.Second); ; {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return address
		}
		if clock.Now().After(until) {
			t.Fatal("php does not answer: ", said.String())
		}
		tick, stop := clock.NewTimer(10 * time.Millisecond)
		<-tick
		stop()
	}
}
