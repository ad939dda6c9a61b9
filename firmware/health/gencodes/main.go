// Command gencodes writes the technician's list of codes, docs/codes.md, from
// the registry in package health. It is run by "go generate ./firmware/health";
// a test fails when the list is not current.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"

	"tram06/firmware/health"
)

func main() {
	out := flag.String("o", "", "file to write, standard output if empty")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "gencodes:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	page := page(health.All())
	if out == "" {
		_, err := os.Stdout.Write(page)
		return err
	}
	return os.WriteFile(out, page, 0o644)
}

// families in the order of the manual.
var families = []struct{ prefix, vi, en string }{
	{"QUET", "Máy quét và mã", "scanner and codes"},
	{"THE", "Thẻ và đầu đọc", "card and reader"},
	{"IN", "Máy in và giấy", "printer and paper"},
	{"MANG", "Mạng và cổng tiếp nhận", "network and gateway"},
	{"HS", "Hồ sơ", "dossiers"},
	{"CH", "Cấu hình", "configuration"},
	{"MAY", "Máy", "the machine"},
}

var severities = map[health.Severity]string{health.Info: "biết / info", health.Warn: "nên xem / warn", health.Error: "phải sửa / error"}

// page is the whole list.
func page(all []health.Condition) []byte {
	var b bytes.Buffer
	b.WriteString(`<!-- Made by "go generate ./firmware/health". Change the registry there, not this file. -->

# Mã trên máy / Codes of the kiosk

Cùng một mã đứng trên màn hình, trong nhật ký và ở trang giám sát. Tìm mã ở đây, rồi làm theo cột cuối.
The same code stands on the screen, in the log and in the fleet. Find it here and do what the last column says.
"–": người dân không thấy / never shown to a citizen.
`)
	for _, f := range families {
		fmt.Fprintf(&b, "\n## %s – %s / %s\n\n", f.prefix, f.vi, f.en)
		b.WriteString("| mã / code | mức / severity | người dân thấy / citizens see | kỹ thuật làm / technicians do |\n|---|---|---|---|\n")
		for _, c := range all {
			if family(c.Code) != f.prefix {
				continue
			}
			fmt.Fprintf(&b, "| **%s** `%s` | %s | %s | %s |\n", c.Code, c.Key, severities[c.Severity], seen(c), both(c.Remedy))
		}
	}
	return b.Bytes()
}

func family(c health.Code) string {
	f, _, _ := strings.Cut(string(c), "-")
	return f
}

func seen(c health.Condition) string {
	if c.Title.VI == "" {
		return "–"
	}
	join := func(title, text string) string { return strings.TrimSpace("**" + cell(title) + ".** " + cell(text)) }
	return join(c.Title.VI, c.Text.VI) + "<br>" + join(c.Title.EN, c.Text.EN)
}

func both(w health.Words) string { return cell(w.VI) + "<br>" + cell(w.EN) }

// cell keeps text inside its column.
func cell(s string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s) }
