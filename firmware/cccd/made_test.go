package cccd_test

import (
	"crypto"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/person"
)

// Any card that can be made is read as it was made, by whatever opens it.
func TestAnyCardReadsBack(t *testing.T) {
	i := newIssuer(t)
	c := citizen(t, "mau")
	photo := smallPhoto(t, c)
	rapid.Check(t, func(r *rapid.T) {
		p := drawProfile(r)
		d := drawHolder(r)
		mrz, err := cccd.MRZ(d.Number, d.Name, short(d.Birth), d.Sex, drawExpiry(r, d))
		if err != nil {
			r.Fatal(err)
		}
		f := i.issue(t, c, p, nil, photo, func(h *chipsim.Holder) {
			h.CAN, h.MRZ = d.Number[6:], mrz
			h.Groups = func(chipsim.Profile) (map[int][]byte, error) {
				return map[int][]byte{13: cccd.EncodeDG13(d)}, nil
			}
		})
		o := options()
		o.Trust = i.store
		o.AllProofs = rapid.Bool().Draw(r, "all proofs")
		o.Thorough = rapid.Bool().Draw(r, "thorough")
		o.BACFirst = p.Access.BAC && rapid.Bool().Draw(r, "BAC first")
		got, err := cccd.Read(t.Context(), f, drawAccess(r, d, mrz, p), o)
		if err != nil {
			r.Fatalf("%v\n%+v", err, got.Report)
		}
		checkMade(r, d, p, got)
	})
}

func checkMade(r *rapid.T, d cccd.DG13, p chipsim.Profile, got cccd.Result) {
	who, rep := got.Person, got.Report
	want := person.Person{Number: d.Number, Name: d.Name, Birth: d.Birth, Sex: d.Sex, Nationality: d.Nationality, Ethnicity: d.Ethnicity,
		Religion: d.Religion, Origin: d.Origin, Residence: d.Residence, Issued: d.Issued, Expires: d.Expires, OldNumber: d.OldNumber}
	proofs := who.Proofs
	if len(who.Portrait.Data) == 0 {
		r.Error("no portrait")
	}
	assurance := who.Assurance
	who.Proofs, who.Assurance, who.Portrait = person.Proofs{}, person.Nobody, person.Portrait{}
	if fmt.Sprintf("%q", fields(who)) != fmt.Sprintf("%q", fields(want)) {
		r.Errorf("read %q, made %q", fields(who), fields(want))
	}
	if rep.Hashes != cccd.OK || rep.Signature != cccd.OK || rep.Chain != cccd.Trusted || rep.Downgraded || rep.Withheld || rep.Differences != nil {
		r.Errorf("%+v", rep)
	}
	can := len(p.ChipAuthentication) > 0 || p.ActiveAuthentication != nil
	for _, g := range rep.Groups {
		// A chip opened within the application may not let us back out to it.
		can = can || g.Name == "EF.CardSecurity"
	}
	can = can || rep.Access == cccd.AccessPACECAM && rep.Tries == 1
	if (rep.Chip == cccd.Genuine) != can || (assurance == person.ChipGenuine) != can || (proofs.Chip == person.Passed) != can {
		r.Errorf("chip %q by %v, assurance %v: %q", rep.Chip, rep.ChipBy, assurance, rep.Reasons)
	}
	for _, g := range rep.Groups {
		if g.Name == "DG3" || g.Name == "DG4" {
			r.Errorf("%s was asked for", g.Name)
		}
	}
}

func fields(p person.Person) []string {
	return []string{p.Number, p.Name, p.Birth, p.Sex, p.Nationality, p.Ethnicity, p.Religion, p.Origin, p.Residence, p.Issued, p.Expires, p.OldNumber}
}

// drawAccess gives one of the ways in that the card has.
func drawAccess(r *rapid.T, d cccd.DG13, mrz string, p chipsim.Profile) cccd.Access {
	q, err := cccd.ParseQR([]byte(strings.Join([]string{d.Number, d.OldNumber, d.Name, compact(d.Birth), d.Sex, d.Residence, compact(d.Issued)}, "|")))
	if err != nil {
		r.Fatal(err)
	}
	ways := []cccd.Access{{QR: &q}, {MRZ: mrz}, {MRZ: mrz[:30] + "\n" + mrz[30:60] + "\r\n" + strings.ToLower(mrz[60:])}, {QR: &q, MRZ: mrz}}
	if len(p.Access.PACE) > 0 && !p.Access.WithoutCAN {
		ways = append(ways, cccd.Access{CAN: d.Number[6:]})
	}
	if p.Access.BAC {
		ways = append(ways, cccd.Access{CAN: "135790", MRZ: mrz}) // not the card's
	}
	return rapid.SampledFrom(ways).Draw(r, "access")
}

func compact(date string) string { return strings.ReplaceAll(date, "/", "") }
func short(date string) string   { return date[8:] + date[3:5] + date[:2] }

// drawHolder makes somebody up.
func drawHolder(r *rapid.T) cccd.DG13 {
	word := rapid.SampledFrom([]string{"NGUYỄN", "ĐẶNG", "VĂN", "THỊ", "ÂU", "Y", "KSƠR", "MẪU", "ƯỚC", "HỒ"})
	text := rapid.StringMatching(`[A-ZĐÂƯa-zàạếữ0-9 ,.()/-]{0,120}`)
	birth := time.Date(1930, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 80*365).Draw(r, "birth"))
	issued := time.Date(2021, 1, 4, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 4*365).Draw(r, "issued"))
	sex := rapid.IntRange(0, 1).Draw(r, "sex")
	century := (birth.Year()/100-19)*2 + sex
	d := cccd.DG13{
		Number: fmt.Sprintf("001%d%02d%06d", century, birth.Year()%100, rapid.IntRange(0, 999999).Draw(r, "number")),
		Name:   strings.Join(rapid.SliceOfN(word, 2, 6).Draw(r, "name"), " "),
		Birth:  birth.Format("02/01/2006"), Issued: issued.Format("02/01/2006"), Sex: []string{"Nam", "Nữ"}[sex],
		Nationality: "Việt Nam", Expires: "Không thời hạn",
	}
	for _, f := range []*string{&d.Ethnicity, &d.Religion, &d.Origin, &d.Residence, &d.Marks, &d.Father, &d.Mother, &d.Spouse} {
		*f = strings.TrimSpace(text.Draw(r, "text"))
	}
	d.OldNumber = rapid.SampledFrom([]string{"", "011234567", "001090000001"}).Draw(r, "old number")
	return d
}

// drawExpiry gives one of the dates that the law allows, so that the QR alone
// is enough to find it.
func drawExpiry(r *rapid.T, d cccd.DG13) string {
	return rapid.SampledFrom(cccd.Expiries(d.Birth, d.Issued)).Draw(r, "expiry")
}

const p224 = 10 // has no integrated mapping

// drawProfile makes a chip up.
func drawProfile(r *rapid.T) chipsim.Profile {
	curves := []chipsim.GroupID{10, 11, 12, 13, 14, 15}
	cipher := rapid.SampledFrom([]chipsim.Cipher{chipsim.Cipher(keys.TDES), chipsim.Cipher(keys.AES128), chipsim.Cipher(keys.AES192), chipsim.Cipher(keys.AES256)})
	var p chipsim.Profile
	p.Name = "made up"
	p.Access.BAC = rapid.Bool().Draw(r, "BAC")
	for len(p.Access.PACE) < rapid.IntRange(0, 2).Draw(r, "variants") || !p.Access.BAC && len(p.Access.PACE) == 0 {
		v := chipsim.PACE{Mapping: rapid.SampledFrom([]chipsim.Mapping{"gm", "gm", "im", "cam"}).Draw(r, "mapping"), Cipher: cipher.Draw(r, "PACE cipher"), Group: rapid.SampledFrom(curves).Draw(r, "PACE group")}
		if v.Mapping == "cam" && v.Cipher == chipsim.Cipher(keys.TDES) || v.Mapping == "im" && v.Group == p224 {
			continue // not in the standard
		}
		p.Access.PACE = append(p.Access.PACE, v)
	}
	p.Access.WithoutCAN = rapid.Bool().Draw(r, "without CAN")
	p.Access.RefuseLe = rapid.Bool().Draw(r, "Le refused")
	p.Access.MasterFile = rapid.Bool().Draw(r, "master file")
	p.Access.CardAccess = rapid.SampledFrom([]chipsim.CardAccessPlace{chipsim.Outside, chipsim.Everywhere}).Draw(r, "EF.CardAccess")
	p.Transport.Extended = rapid.SampledFrom([]chipsim.Extended{chipsim.ExtendedWorks, chipsim.ExtendedRefused, chipsim.ExtendedFatal}).Draw(r, "extended")
	p.Transport.Answer = rapid.SampledFrom([]int{0, 0, 64, 200}).Draw(r, "answer")
	p.Transport.Exact = rapid.Bool().Draw(r, "exact")
	p.Files.Details = rapid.Bool().Draw(r, "details")
	p.Files.Master = rapid.Bool().Draw(r, "EF.ATR/INFO")
	for n := range rapid.IntRange(0, 2).Draw(r, "CA keys") {
		p.ChipAuthentication = append(p.ChipAuthentication, chipsim.ChipAuthentication{
			Number: n + 1, Group: rapid.SampledFrom(curves).Draw(r, "CA group"),
			Ciphers:    slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(cipher, 1, 2).Draw(r, "CA ciphers")))),
			Parameters: rapid.SampledFrom([]chipsim.Form{chipsim.Explicit, chipsim.Named, chipsim.Standard}).Draw(r, "CA parameters")})
	}
	if rapid.Bool().Draw(r, "AA") {
		p.ActiveAuthentication = &chipsim.ActiveAuthentication{
			Key:        chipsim.KeyKind{Group: int(rapid.SampledFrom(curves).Draw(r, "AA group"))},
			Hash:       chipsim.Hash(rapid.SampledFrom([]crypto.Hash{crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512}).Draw(r, "AA hash")),
			Parameters: rapid.SampledFrom([]chipsim.Form{chipsim.Explicit, chipsim.Named}).Draw(r, "AA parameters")}
	}
	return p
}
