package cccd_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"tram06/devdock/people"
	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/bac"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/pace"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/tlv"
	"tram06/firmware/person"
)

// drawn remembers what was drawn at random: nonces and private keys.
type drawn struct{ all [][]byte }

func (d *drawn) Read(b []byte) (int, error) {
	n, err := io.ReadFull(rand.Reader, b)
	d.all = append(d.all, bytes.Clone(b))
	return n, err
}

// looks are the ways in which bytes get into a text.
func looks(b []byte) []string {
	list := strings.Trim(fmt.Sprint(b), "[]")
	return []string{string(b), hex.EncodeToString(b), strings.ToUpper(hex.EncodeToString(b)), base64.StdEncoding.EncodeToString(b),
		list, strings.Join(strings.Fields(list), ", "), strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", b), "[]byte{"), "}")}
}

// personal are the values of a citizen that nothing may tell.
func personal(t testing.TB, c people.Citizen) [][]byte {
	t.Helper()
	d := c.Card
	q, err := cccd.ParseQR([]byte(c.QR()))
	if err != nil {
		t.Fatal(err)
	}
	values := append([]string{d.Number, d.Number[3:], c.CAN(), d.Name, d.Birth, d.Issued, d.Residence, d.Origin, d.OldNumber}, q.MRZInformation()...)
	zone := zone(t, c)
	values = append(values, zone[5:30], zone[30:44], strings.TrimRight(zone[60:], "<"))
	for _, date := range []string{d.Birth, d.Issued, d.Expires} {
		if p := strings.Split(date, "/"); len(p) == 3 {
			values = append(values, p[2]+"-"+p[1]+"-"+p[0], p[2][2:]+p[1]+p[0], p[0]+p[1]+p[2], p[2]+p[1]+p[0])
		}
	}
	var out [][]byte
	for _, v := range values {
		if v != "" {
			out = append(out, []byte(v))
		}
	}
	return out
}

// tells looks for secrets in everything that can be printed of values.
func tells(t *testing.T, when string, secrets [][]byte, values ...any) {
	t.Helper()
	var said strings.Builder
	for _, v := range values {
		fmt.Fprintf(&said, "%v\n%+v\n%#v\n%s\n%q\n%x\n", v, v, v, v, v, v)
		slog.New(slog.NewTextHandler(&said, nil)).Info("card", "value", v)
	}
	text := said.String()
	for _, s := range secrets {
		for _, look := range looks(s) {
			if at := strings.Index(text, look); at >= 0 {
				t.Errorf("%s tells %q: …%.200s", when, look, text[max(0, at-60):])
				return
			}
		}
	}
}

// Every attack and every fault at every place of a reading, and nothing of the
// citizen or of a key is in an error, in the report or in what is told on the
// way.
func TestNothingPersonalIsTold(t *testing.T) {
	i := newIssuer(t)
	c := citizen(t, "mau")
	secrets := personal(t, c)
	read := func(when string, wire apdu.Transmitter, thorough bool) {
		t.Helper()
		random := &drawn{}
		o := options()
		o.Trust, o.Thorough, o.Rand = i.store, thorough, random
		var steps []any
		o.Progress = func(s cccd.Step) { steps = append(steps, s, &s) }
		access := scan(t, c)
		got, err := cccd.Read(t.Context(), wire, access, o)
		report, jerr := json.Marshal(got.Report)
		if jerr != nil {
			t.Fatal(jerr)
		}
		values := append(steps, got, &got, got.Report, &got.Report, string(report), access, &access)
		if err != nil {
			values = append(values, err, err.Error())
		}
		tells(t, when, append(secrets, random.all...), values...)
		if len(random.all) == 0 {
			t.Errorf("%s: nothing was drawn", when)
		}
	}
	for _, a := range chipsim.Attacks() {
		p, _ := chipsim.PersonalityNamed(a.On)
		for _, thorough := range []bool{false, true} {
			read(a.Name, i.issue(t, c, p, &a, smallPhoto(t, c)), thorough)
		}
	}
	p, _ := chipsim.PersonalityNamed("card-2021")
	whole := i.issue(t, c, p, nil, smallPhoto(t, c))
	read("a good card", whole, true)
	count := whole.count
	for n := range count {
		for name, spoil := range map[string]func([]byte) []byte{
			"nothing": func([]byte) []byte { return nil },
			"6F00":    func([]byte) []byte { return []byte{0x6F, 0} },
			"cut":     func(b []byte) []byte { return append(bytes.Clone(b[:len(b)/2]), 0x90, 0) },
			"flipped": func(b []byte) []byte { b = bytes.Clone(b); b[len(b)/2] ^= 0x10; return b },
		} {
			whole.chip.Reset()
			read(fmt.Sprintf("%s at %d", name, n), &spoiler{field: &field{chip: whole.chip, tear: -1}, at: n, spoil: spoil}, n%2 == 0)
		}
	}
}

// What holds a secret or a citizen does not print it, alone or inside of
// something else.
func TestValuesKeepTheirSecrets(t *testing.T) {
	i := newIssuer(t)
	c := citizen(t, "mau")
	p, _ := chipsim.PersonalityNamed("pace-cam")
	f := i.issue(t, c, p, nil)
	access := scan(t, c)
	got, err := cccd.Read(t.Context(), f, access, everyProof(i))
	if err != nil {
		t.Fatal(err)
	}
	mrz, err := lds.ParsePrinted(zone(t, c))
	if err != nil {
		t.Fatal(err)
	}
	hints, err := cccd.ParseNumber(c.Card.Number)
	if err != nil {
		t.Fatal(err)
	}
	f.chip.Reset()
	info := pace.Info{}
	if infos, err := pace.ParseCardAccess(cccd.BuiltinCardAccess()); err == nil && len(infos) > 0 {
		info = infos[0]
		info.Protocol[len(info.Protocol)-2] = 6 // with chip authentication mapping
	}
	can, err := pace.CAN(c.CAN())
	if err != nil {
		t.Fatal(err)
	}
	random := &drawn{}
	opened, err := pace.Run(t.Context(), apdu.Plain{Transmitter: f}, info, can, random)
	if err != nil {
		t.Fatal(err)
	}
	kenc, kmac := bytes.Repeat([]byte{0xA7}, 16), bytes.Repeat([]byte{0xB9}, 16)
	session, err := sm.New(keys.AES128, kenc, kmac, nil)
	if err != nil {
		t.Fatal(err)
	}
	mac, err := keys.NewMAC(keys.AES128, kmac)
	if err != nil {
		t.Fatal(err)
	}
	information := access.QR.MRZInformation()[0]
	seed := keys.Seed(information)
	secrets := append(personal(t, c), kenc[:8], kmac[:8], seed, keys.Derive(keys.TDES, seed, keys.Enc), keys.Derive(keys.TDES, seed, keys.Mac),
		keys.PACEPassword(information), got.Person.Portrait.Data[:16], []byte(fmt.Sprint(hints.Year)))
	secrets = append(secrets, random.all...)
	said := []byte("what the chip said")
	secrets = append(secrets, said)
	values := []any{
		got, got.Person, got.Person.Portrait, access, *access.QR, mrz, hints, can, pace.MRZ(information), opened, opened.CAM,
		bac.NewKeys(information), session, mac, *mac, sm.Channel{Transmitter: f, Session: session},
		apdu.Response{Data: said, SW: 0x9000}, apdu.Command{Data: said}, tlv.Node{Tag: 0x61, Value: said, Raw: said},
		cccd.DG13{Number: c.Card.Number, Name: c.Card.Name, Unknown: []cccd.Field{{Number: 99, Texts: []string{c.Card.Residence}}}},
		lds.Personal{Name: c.Card.Name}, lds.Document{Authority: c.Card.Residence}, lds.Contact{Name: c.Card.Name}, lds.Face{Image: said},
		person.Portrait{Data: said},
	}
	for _, v := range values {
		var log bytes.Buffer
		switch v.(type) {
		case apdu.Response, apdu.Command, tlv.Node, sm.Channel: // nothing that anybody would log
		default:
			slog.New(slog.NewJSONHandler(&log, nil)).Info("card", "value", v, "inside", []any{v})
		}
		tells(t, fmt.Sprintf("%T", v), secrets, v, []any{v}, struct{ Inside any }{v}, log.String())
	}
	opened.Session.Close()
}

// A reading that is called off ends before the next command, with every key
// forgotten.
func TestCalledOffAnywhere(t *testing.T) {
	i := newIssuer(t)
	c := citizen(t, "mau")
	p, _ := chipsim.PersonalityNamed("card-2021")
	whole := i.issue(t, c, p, nil, smallPhoto(t, c))
	if _, err := cccd.Read(t.Context(), whole, scan(t, c), everyProof(i)); err != nil {
		t.Fatal(err)
	}
	for n := 1; n < whole.count; n++ {
		ctx, cancel := context.WithCancel(t.Context())
		whole.chip.Reset()
		sent := 0
		wire := transmit(func(ctx context.Context, cmd []byte) ([]byte, error) {
			if sent++; sent == n {
				cancel()
			}
			return whole.chip.Transmit(cmd), nil
		})
		got, err := cccd.Read(ctx, wire, scan(t, c), everyProof(i))
		cancel()
		if err == nil || ctx.Err() == nil || sent != n || got.Person.Name != "" || got.Person.Portrait.Data != nil {
			t.Errorf("called off after %d: %d sent, %v", n, sent, err)
		}
	}
}
