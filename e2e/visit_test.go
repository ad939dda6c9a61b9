package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tram06/devdock/people"
	"tram06/devdock/stack"
	"tram06/firmware/person"
)

// TestVisit plays every citizen's whole visit in both languages.
func TestVisit(t *testing.T) {
	t.Parallel()
	for _, c := range people.All() {
		t.Run(c.Key, func(t *testing.T) {
			t.Parallel()
			k := open(t, stack.Options{})
			// The kiosk knows who signed the cards, then not any more.
			for i, lang := range []string{"vi", "en"} {
				assurance := []person.Assurance{person.ChipGenuine, person.ChipSigned}[i]
				if i == 1 {
					k.must(k.World.Issuer("unknown"))
				}
				k.must(k.someone(c.Key, lang).Visit(k.ctx))
				list := k.received() // the newest first
				if len(list) != i+1 {
					t.Fatalf("%d dossiers after %d visits", len(list), i+1)
				}
				k.dossierIsTheCard(list[0], c, lang, assurance)
				papers := k.World.Papers()
				if len(papers) != i+1 || !papers[i].Page.Cut {
					t.Fatalf("%d pieces of paper after %d visits", len(papers), i+1)
				}
				claim := k.readReceipt(papers[i].PNG)
				want := map[string]string{"kiosk": stack.Kiosk, "number": list[0].KioskNumber, "dossier": list[0].ID, "outcome": "accepted"}
				for key, v := range want {
					if claim[key] != v {
						t.Errorf("the receipt's %s is %q, want %q", key, claim[key], v)
					}
				}
			}
		})
	}
}

// dossierIsTheCard compares what the gateway opened with what the card says.
func (k *post) dossierIsTheCard(r receipt, c people.Citizen, lang string, assurance person.Assurance) {
	k.Helper()
	raw, err := k.Dossier(k.ctx, r.ID)
	k.must(err)
	var d struct {
		Dossier struct {
			Applicant map[string]string `json:"applicant"`
			Answers   map[string]string `json:"answers"`
			Assurance string            `json:"assurance"`
			Lang      string            `json:"lang"`
			Number    string            `json:"number"`
		} `json:"dossier"`
	}
	k.must(json.Unmarshal(raw, &d))
	b := d.Dossier
	card := c.Card
	same := func(what, got, want string) {
		k.Helper()
		if got != want {
			k.Errorf("%s: the dossier's %s is %q, want %q", c.Key, what, got, want)
		}
	}
	for key, want := range map[string]string{
		"number": card.Number, "name": card.Name, "birth": card.Birth, "sex": card.Sex, "nationality": card.Nationality,
		"ethnicity": card.Ethnicity, "religion": card.Religion, "origin": card.Origin, "residence": card.Residence,
		"issued": card.Issued, "expires": card.Expires, "old_number": card.OldNumber,
	} {
		same(key, b.Applicant[key], want)
	}
	for key, want := range map[string]string{"request": "permanent", "result": "paper", "phone": phone} {
		same("answer "+key, b.Answers[key], want)
	}
	same("assurance", b.Assurance, assurance.String())
	same("language", b.Lang, lang)
	same("receipt number", b.Number, r.KioskNumber)
}

// readReceipt reads the code on a paper as a phone would, and has the kiosk's
// program verify it.
func (k *post) readReceipt(png []byte) map[string]string {
	k.Helper()
	file := filepath.Join(k.TempDir(), "receipt.png")
	k.must(os.WriteFile(file, png, 0o600))
	text, err := exec.CommandContext(k.ctx, "zbarimg", "--quiet", "--raw", file).Output()
	if err != nil {
		k.Fatalf("zbarimg reads no code on the receipt: %v", err)
	}
	out, err := k.Command(k.ctx, "kiosk", "receipt", "verify", "--json", "--cert", k.PKI.KioskCert, strings.TrimSpace(string(text)))
	k.must(err)
	var claim map[string]string
	k.must(json.Unmarshal(out, &claim))
	return claim
}
