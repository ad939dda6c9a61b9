package figure

import "testing"

func TestThisMachine(t *testing.T) {
	m, err := ThisMachine()
	if err != nil || m.CPU == "" || m.Cores < 1 || m.Kernel == "" {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestMarkdownTellsMisses(t *testing.T) {
	r := &Report{Machine: Machine{CPU: "Some CPU", Cores: 2, Kernel: "6.1", Go: "go1.26", Arch: "arm64", Load: 0.5}}
	r.Add("quick enough", 0.3271, "ms", 1, "by a watch")
	r.Add("too slow", 1.25, "ms", 1, "by a watch")
	r.Add("not zero", 3, "", MustBeZero, "counted %d times", 2)
	r.AddAtMost("just so", 7, "", 7, "counted")
	r.AddAtMost("one too many", 8, "APDUs", 7, "counted")
	r.Add("only told", 1234.4, "ms", 0, "by a watch")
	const want = `Measured on: Some CPU, 2 cores, Linux 6.1 (arm64), go1.26; load before it began 0.5.

| what | figure | target | met | how it was measured |
|---|---:|---:|---|---|
| quick enough | 0.327 ms | < 1 ms | yes | by a watch |
| too slow | 1.25 ms | < 1 ms | **no** | by a watch |
| not zero | 3  | 0 | **no** | counted 2 times |
| just so | 7  | ≤ 7 | yes | counted |
| one too many | 8 APDUs | ≤ 7 APDUs | **no** | counted |
| only told | 1234 ms | – | – | by a watch |
`
	if got := r.Markdown(); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestCPUName(t *testing.T) {
	for info, want := range map[string]string{
		"processor\t: 0\nmodel name\t: Some CPU\nmodel name\t: Other\n":          "Some CPU",
		"processor\t: 0\nCPU part\t: 0xd08\nModel\t\t: Raspberry Pi 4 Model B\n": "Raspberry Pi 4 Model B",
		"": "unknown CPU",
	} {
		if got := cpuName(info); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
