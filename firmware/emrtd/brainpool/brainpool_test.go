package brainpool_test

import (
	"encoding/hex"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"tram06/firmware/emrtd/brainpool"
)

var curves = []*brainpool.Curve{brainpool.P192r1(), brainpool.P224r1(), brainpool.P256r1(), brainpool.P320r1(), brainpool.P384r1(), brainpool.P512r1()}

// OpenSSL has the same curves from another hand.
func TestParametersAreOpenSSLs(t *testing.T) {
	for _, c := range curves {
		p := c.Params()
		out, err := exec.Command("openssl", "ecparam", "-name", p.Name, "-param_enc", "explicit", "-conv_form", "uncompressed", "-noout", "-text").CombinedOutput()
		if err != nil {
			t.Fatalf("openssl: %v\n%s", err, out)
		}
		got := map[string]string{}
		for _, m := range regexp.MustCompile(`(?m)^(\w+)[^:\n]*:\s*([0-9a-f:\s]+)`).FindAllStringSubmatch(string(out), -1) {
			got[m[1]] = strings.TrimLeft(strings.NewReplacer(":", "", " ", "", "\n", "").Replace(m[2]), "0")
		}
		want := map[string]string{
			"Prime": p.P.Text(16), "A": c.A().Text(16), "B": p.B.Text(16), "Order": p.N.Text(16),
			"Generator": "4" + hex.EncodeToString(append(p.Gx.FillBytes(make([]byte, p.BitSize/8)), p.Gy.FillBytes(make([]byte, p.BitSize/8))...)),
		}
		for name, v := range want {
			if got[name] != v {
				t.Errorf("%s: %s is %s, OpenSSL has %s", p.Name, name, v, got[name])
			}
		}
	}
}
