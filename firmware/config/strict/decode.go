package strict

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"tram06/firmware/health"
)

// Decode fills out, a pointer to a struct, in which defaults may be set
// already. Dates are midnight in loc. Problems are told by Err, so that the
// caller can add those that only it can see.
func (d *Doc) Decode(out any, loc *time.Location) {
	if d.bad[""] {
		return
	}
	dec := decoder{d, loc}
	v := reflect.ValueOf(out).Elem()
	if d.body == nil {
		dec.missing("", v.Type(), nil)
		return
	}
	dec.value("", d.body, v)
}

type decoder struct {
	doc *Doc
	loc *time.Location
}

var (
	scalarType = reflect.TypeFor[Scalar]()
	timeType   = reflect.TypeFor[time.Time]()
)

func (d decoder) value(path string, n ast.Node, v reflect.Value) {
	switch x := n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		d.fail(path, n, `anchors, aliases and tags are not used here: write the value out`)
		return
	case *ast.NullNode, nil:
		d.doc.reject(path, d.doc.at[path], health.ConfigMissing, fmt.Sprintf("%q has no value: write one, or leave the key out", path))
		return
	case ast.ScalarNode:
		if reflect.PointerTo(v.Type()).Implements(scalarType) {
			text, ok := scalarText(x)
			if !ok {
				d.fail(path, n, "one word or number is wanted here")
				return
			}
			if err := v.Addr().Interface().(Scalar).ParseScalar(text); err != nil {
				d.fail(path, n, err.Error())
			}
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(path, n, v.Elem())
	case reflect.Struct:
		if v.Type() == timeType {
			d.date(path, n, v)
			return
		}
		d.mapping(path, n, v)
	case reflect.Map:
		d.table(path, n, v)
	case reflect.Slice:
		d.list(path, n, v)
	default:
		d.scalar(path, n, v)
	}
}

func (d decoder) mapping(path string, n ast.Node, v reflect.Value) {
	m, ok := n.(ast.MapNode)
	if !ok {
		d.fail(path, n, fmt.Sprintf("a block of keys is wanted here: %s", strings.Join(keysOf(v.Type()), ", ")))
		return
	}
	fields := map[string]int{}
	for i := range v.NumField() {
		if k, _ := key(v.Type().Field(i)); k != "" {
			fields[k] = i
		}
	}
	seen := map[string]bool{}
	d.each(path, m, func(k string, at position, n ast.Node) {
		p := join(path, k)
		i, ok := fields[k]
		if !ok {
			d.doc.reject(p, at, health.ConfigUnknown, unknown(k, keysOf(v.Type())))
			return
		}
		seen[k] = true
		if part(v.Type().Field(i)) {
			d.doc.parts[p] = true
		}
		d.value(p, n, v.Field(i))
	})
	if !d.doc.parts[path] {
		d.missing(path, v.Type(), seen)
	}
}

// each walks the pairs of a mapping and reports keys that are given twice.
func (d decoder) each(path string, m ast.MapNode, do func(k string, at position, n ast.Node)) {
	seen := map[string]bool{}
	for it := m.MapRange(); it.Next(); {
		at := where(it.Key())
		k, ok := "", false
		if s, is := it.Key().(ast.ScalarNode); is {
			k, ok = scalarText(s)
		}
		if !ok {
			d.doc.reject(join(path, "?"), at, health.ConfigUnknown, "this is no key: write a plain word, or the value itself without << and *")
			continue
		}
		if seen[k] {
			d.doc.problems = append(d.doc.problems, Problem{d.doc.file, at.line, at.col, health.ConfigValue,
				fmt.Sprintf("%q is given twice: keep one of them", k)})
			continue
		}
		seen[k] = true
		d.doc.at[join(path, k)] = at
		if _, ok := it.Value().(ast.ScalarNode); ok && it.Value().Type() != ast.NullType {
			d.doc.at[join(path, k)] = where(it.Value()) // a mistake is in the value
		}
		do(k, at, it.Value())
	}
}

func (d decoder) table(path string, n ast.Node, v reflect.Value) {
	m, ok := n.(ast.MapNode)
	if !ok {
		d.fail(path, n, `a block of "key: value" lines is wanted here`)
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	d.each(path, m, func(k string, _ position, n ast.Node) {
		e := reflect.New(v.Type().Elem()).Elem()
		d.value(join(path, k), n, e)
		v.SetMapIndex(reflect.ValueOf(k).Convert(v.Type().Key()), e)
	})
}

func (d decoder) list(path string, n ast.Node, v reflect.Value) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		d.fail(path, n, `a list is wanted here: write "[a, b]", or one line "- a" each`)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(s.Values), len(s.Values)))
	for i, n := range s.Values {
		p := fmt.Sprintf("%s[%d]", path, i)
		d.doc.at[p] = where(n)
		d.value(p, n, v.Index(i))
	}
}

func (d decoder) scalar(path string, n ast.Node, v reflect.Value) {
	s, ok := n.(ast.ScalarNode)
	text := ""
	if ok {
		text, ok = scalarText(s)
	}
	if !ok {
		d.fail(path, n, "one word or number is wanted here")
		return
	}
	switch v.Kind() {
	case reflect.String:
		switch n.(type) {
		case *ast.StringNode, *ast.LiteralNode:
			if strings.TrimSpace(text) == "" {
				d.doc.reject(path, where(n), health.ConfigMissing, fmt.Sprintf("%q is empty: write a text", path))
				return
			}
			v.SetString(text)
		default:
			// YAML would read 1.010041 as a number and 0900 as an octal one.
			d.fail(path, n, fmt.Sprintf("a text is wanted here: put it in quotes, %q", text))
		}
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(text, 10, 32)
		if _, is := n.(*ast.IntegerNode); !is || err != nil {
			d.fail(path, n, `a whole number is wanted here, such as 1`)
			return
		}
		v.SetInt(i)
	case reflect.Bool:
		b, is := n.(*ast.BoolNode)
		if !is {
			d.fail(path, n, "write true or false")
			return
		}
		v.SetBool(b.Value)
	default:
		panic(fmt.Sprintf("strict: no way to read %s into a %s", path, v.Type()))
	}
}

func (d decoder) date(path string, n ast.Node, v reflect.Value) {
	if s, ok := n.(ast.ScalarNode); ok {
		if text, ok := scalarText(s); ok {
			if t, err := time.ParseInLocation(time.DateOnly, text, d.loc); err == nil {
				v.Set(reflect.ValueOf(t))
				return
			}
		}
	}
	d.fail(path, n, "a date is wanted here: write year, month, day as 2026-07-01")
}

// missing reports the keys of t that must be there and are not.
func (d decoder) missing(path string, t reflect.Type, seen map[string]bool) {
	at := d.doc.at[path]
	for i := range t.NumField() {
		f := t.Field(i)
		k, optional := key(f)
		if k == "" || optional || seen[k] {
			continue
		}
		text := fmt.Sprintf("%q is missing", join(path, k))
		if eg := f.Tag.Get("example"); eg != "" {
			text += fmt.Sprintf(": write, for example, %q", k+": "+eg)
		} else if f.Type.Kind() == reflect.Struct && f.Type != timeType {
			text += fmt.Sprintf(": it is a block with %s", strings.Join(keysOf(f.Type), ", "))
		}
		d.doc.reject(join(path, k), at, health.ConfigMissing, text)
	}
}

func (d decoder) fail(path string, n ast.Node, text string) {
	d.doc.reject(path, where(n), health.ConfigValue, text)
}

// key gives a field's key, and whether it may be left out.
func key(f reflect.StructField) (k string, optional bool) {
	k, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if k == "-" {
		k = ""
	}
	return k, opts == "omitempty"
}

// part tells whether a block changes parts of what it is decoded into.
func part(f reflect.StructField) bool {
	_, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return opts == "part"
}

func keysOf(t reflect.Type) []string {
	var ks []string
	for i := range t.NumField() {
		if k, _ := key(t.Field(i)); k != "" {
			ks = append(ks, k)
		}
	}
	return ks
}

func join(path, k string) string {
	if path == "" {
		return k
	}
	return path + "." + k
}

// scalarText is the text of a scalar as it was written.
func scalarText(n ast.ScalarNode) (string, bool) {
	switch x := n.(type) {
	case *ast.StringNode:
		return x.Value, true
	case *ast.LiteralNode:
		if x.Value == nil {
			return "", true
		}
		return strings.TrimSuffix(x.Value.Value, "\n"), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return x.GetToken().Value, true
	}
	return "", false
}

// where is the place of a node: that of its first key for a mapping.
func where(n ast.Node) position {
	switch x := n.(type) {
	case *ast.MappingNode:
		if len(x.Values) > 0 && !x.IsFlowStyle {
			return where(x.Values[0])
		}
	case *ast.MappingValueNode:
		return where(x.Key)
	}
	if n == nil || reflect.ValueOf(n).IsNil() {
		return position{1, 1}
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return position{t.Position.Line, t.Position.Column}
	}
	return position{1, 1}
}
