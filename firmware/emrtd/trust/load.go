package trust

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"tram06/firmware/emrtd/pki"
)

// maxFile is more than the largest revocation list that is known, in bytes.
const maxFile = 16 << 20

// item is one certificate or one list in a file.
type item struct {
	file        string
	from        int  // which of the data that were to be added
	alone       bool // nothing else is in the file
	certificate *pki.Certificate
	crl         *pki.CRL
	print       [32]byte

	authority *authority // of a certificate that counts
	err       error      // why it does not count
}

// load reads all files of the folder. Names that begin with a dot are passed
// over: files that are being written have such.
func load(dir string) ([]item, []Problem, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("read the folder of authorities: %w", err)
	}
	var items []item
	var problems []Problem
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		data, err := readFile(filepath.Join(dir, e.Name()))
		if err != nil {
			problems = append(problems, Problem{e.Name(), err})
			continue
		}
		found, wrong := parseFile(data)
		for _, it := range found {
			it.file, it.alone = e.Name(), len(found)+len(wrong) == 1
			items = append(items, it)
		}
		for _, err := range wrong {
			problems = append(problems, Problem{e.Name(), err})
		}
	}
	return items, problems, nil
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRead, err)
	}
	if !info.Mode().IsRegular() { // a pipe would wait for ever
		return nil, fmt.Errorf("%w: not a file", ErrRead)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRead, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRead, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%w: longer than %d MB", ErrRead, maxFile>>20)
	}
	return data, nil
}

// parseFile takes DER, or any number of PEM blocks. What a file is, its content
// says and not its name.
func parseFile(data []byte) (items []item, wrong []error) {
	begun := bytes.Count(data, []byte("-----BEGIN "))
	if begun == 0 {
		it, err := parseDER(data)
		if err != nil {
			return nil, []error{err}
		}
		return []item{it}, nil
	}
	read := 0
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		read++
		if it, err := parseDER(block.Bytes); err != nil {
			wrong = append(wrong, err)
		} else {
			items = append(items, it)
		}
	}
	if read < begun { // the decoder passes over what it cannot read
		wrong = append(wrong, fmt.Errorf("%w: %d broken PEM blocks", ErrRead, begun-read))
	}
	return items, wrong
}

// sequence is how all DER begins that belongs here.
const sequence = 0x30

func parseDER(b []byte) (item, error) {
	c, err := pki.ParseCertificate(b)
	if err == nil {
		return item{certificate: c, print: c.Fingerprint()}, nil
	}
	l, errList := pki.ParseCRL(b)
	if errList == nil {
		return item{crl: l, print: l.Fingerprint()}, nil
	}
	if len(b) == 0 || b[0] != sequence {
		return item{}, fmt.Errorf("%w: neither DER nor PEM", ErrRead)
	}
	if _, errMaster := ParseMasterList(b); errMaster == nil {
		return item{}, fmt.Errorf("%w: a master list, which has to be imported", ErrRead)
	}
	return item{}, fmt.Errorf("%w: neither a certificate (%w) nor a revocation list (%w)", ErrRead, err, errList)
}
