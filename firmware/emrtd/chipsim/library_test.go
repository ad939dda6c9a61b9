package chipsim_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"tram06/firmware/emrtd/chipsim"
)

func TestLibraryLoads(t *testing.T) {
	names := map[string]bool{}
	for _, p := range chipsim.Personalities() {
		if p.VI == "" || p.EN == "" || names[p.Name] || names[p.EN] || names[p.VI] {
			t.Errorf("%s: a line is missing or twice there", p.Name)
		}
		names[p.Name], names[p.EN], names[p.VI] = true, true, true
		if err := p.Radio(424).Check(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
	for _, a := range chipsim.Attacks() {
		if _, ok := chipsim.PersonalityNamed(a.On); !ok {
			t.Errorf("%s: no personality %q", a.Name, a.On)
		}
		if names[a.Name] || names[a.EN] || names[a.VI] {
			t.Errorf("%s: its name or line is taken", a.Name)
		}
		names[a.Name], names[a.EN], names[a.VI] = true, true, true
	}
}

const honest = `
vi: Một thẻ
en: A card
access: {bac: true}
`

func TestPersonalitiesRefused(t *testing.T) {
	for name, tt := range map[string]struct{ file, want string }{
		"unknown key":       {honest + "colour: red\n", `"colour"`},
		"no line":           {"vi: Một thẻ\naccess: {bac: true}\n", `"en"`},
		"nobody gets in":    {"vi: a\nen: b\naccess: {bac: false}\n", "neither BAC nor PACE"},
		"unknown mapping":   {"vi: a\nen: b\naccess: {bac: true, pace: [{mapping: xm, cipher: 3DES, group: P-256}]}\n", "gm, im or cam"},
		"unknown cipher":    {"vi: a\nen: b\naccess: {bac: true, pace: [{mapping: gm, cipher: AES, group: P-256}]}\n", "AES-128"},
		"unknown group":     {"vi: a\nen: b\naccess: {bac: true, pace: [{mapping: gm, cipher: 3DES, group: P-257}]}\n", "brainpoolP256r1"},
		"CAM with 3DES":     {"vi: a\nen: b\naccess: {bac: true, pace: [{mapping: cam, cipher: 3DES, group: P-256}]}\n", "no cipher"},
		"CAM over numbers":  {"vi: a\nen: b\naccess: {bac: true, pace: [{mapping: cam, cipher: AES-128, group: 1024/160}]}\n", "does not go with"},
		"IM on P-224":       {"vi: a\nen: b\naccess: {bac: true, pace: [{mapping: im, cipher: AES-128, group: P-224}]}\n", "P-224"},
		"listed":            {"vi: a\nen: b\naccess: {bac: true, listed: [magic]}\n", "terminal-authentication"},
		"two keys, no name": {honest + "chip-authentication:\n  - {group: P-256, ciphers: [3DES]}\n  - {group: P-384, ciphers: [3DES]}\n", "number"},
		"key of no use":     {honest + "chip-authentication:\n  - {group: P-256, ciphers: []}\n", "cipher"},
		"ECDSA with SHA-1":  {honest + "active-authentication: {key: P-256, hash: sha1}\n", "SHA-1"},
		"unknown hash":      {honest + "active-authentication: {key: P-256, hash: md5}\n", "sha256"},
		"RSA of 512 bits":   {honest + "active-authentication: {key: rsa-512, hash: sha1}\n", "rsa-1024"},
		"tiny answers":      {honest + "transport: {answer: 8}\n", "32 bytes"},
		"extended maybe":    {honest + "transport: {extended: maybe}\n", "fatal"},
		"negative time":     {honest + "timing: {command: -4ms, byte: 7us, prepare: 1ms, agree: 1ms, basic: 1ms, sign: 1ms}\n", "4ms"},
		"face":              {honest + "files: {face: cubist}\n", "39794-5"},
		"parameters":        {honest + "signer: {key: P-256, hash: sha256, parameters: some}\n", "explicit"},
		"place":             {"vi: a\nen: b\naccess: {bac: true, card-access: nowhere}\n", "everywhere"},
	} {
		fsys := fstest.MapFS{"p/x.yaml": {Data: []byte(tt.file)}}
		if got, err := chipsim.LoadPersonalities(fsys, "p"); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "p/x.yaml:") {
			t.Errorf("%s: %d read, %v", name, len(got), err)
		}
	}
	if got, err := chipsim.LoadPersonalities(fstest.MapFS{"p/x.yaml": {Data: []byte(honest)}}, "p"); err != nil || len(got) != 1 || got[0].Name != "x" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAttacksRefused(t *testing.T) {
	const head = "vi: a\nen: b\non: card-2021\n"
	for name, tt := range map[string]struct{ file, want string }{
		"nothing expected": {head + "expect: {}\n", "must find"},
		"unknown key":      {head + "magic: yes\nexpect: {refused: true}\n", `"magic"`},
		"unknown theft":    {head + "keys: sold\nexpect: {refused: true}\n", "wrong or missing"},
		"unknown file":     {head + "change:\n  - {file: DG17, at: 1}\nexpect: {refused: true}\n", "DG16"},
		"unknown signer":   {head + "signer: drunk\nexpect: {refused: true}\n", "revoked"},
		"unknown fault":    {head + "fault: fire\nexpect: {refused: true}\n", "replay"},
		"weaker than all":  {head + "weaker: {mapping: cam, cipher: 3DES, group: P-256}\nexpect: {refused: true}\n", "no cipher"},
	} {
		if got, err := chipsim.LoadAttacks(fstest.MapFS{"a/x.yaml": {Data: []byte(tt.file)}}, "a"); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %d read, %v", name, len(got), err)
		}
	}
}

func TestNames(t *testing.T) {
	if _, ok := chipsim.PersonalityNamed("nobody"); ok {
		t.Error("a personality called nobody")
	}
	if _, ok := chipsim.AttackNamed("none"); ok {
		t.Error("an attack called none")
	}
	all := chipsim.Personalities()
	all[0].Name = "spoiled"
	if chipsim.Personalities()[0].Name == "spoiled" {
		t.Error("a caller can change the library")
	}
}

func FuzzPersonality(f *testing.F) {
	f.Add([]byte(honest))
	for _, name := range []string{"personalities/ca-several.yaml", "personalities/pace-several.yaml", "personalities/small-frames.yaml", "personalities/sod-rsa-pss.yaml"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := chipsim.LoadPersonalities(fstest.MapFS{"p/x.yaml": {Data: b}}, "p")
		if err == nil && len(got) != 1 {
			t.Fatalf("%d personalities of one file", len(got))
		}
		if err == nil && got[0].Radio(424).Check() != nil {
			t.Fatal("a chip whose time runs backwards")
		}
	})
}

func FuzzAttack(f *testing.F) {
	for _, name := range []string{"attacks/clone-ca.yaml", "attacks/changed-dg2.yaml", "attacks/weaker-pace.yaml", "attacks/replay.yaml"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := chipsim.LoadAttacks(fstest.MapFS{"a/x.yaml": {Data: b}}, "a"); err == nil && len(got) != 1 {
			t.Fatalf("%d attacks of one file", len(got))
		}
	})
}

// The list for people is whole and says what the files say.
func TestReadmeListsEverything(t *testing.T) {
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range chipsim.Personalities() {
		if !strings.Contains(string(b), "| `"+p.Name+"` | "+p.EN+" |") {
			t.Errorf("README.md: no row for %s", p.Name)
		}
	}
	for _, a := range chipsim.Attacks() {
		if !strings.Contains(string(b), "| `"+a.Name+"` | "+a.EN+" | `"+a.On+"` |") {
			t.Errorf("README.md: no row for %s", a.Name)
		}
	}
}
