"""Shell lines print, and leave behind, what a shell and GNU's programs would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox.inside.commands import Commands
from grader.sandbox.inside.lines import Reader, UnreadableError

FILES = {
    "a.txt": "one\ntwo\nthree\n", "b.txt": "beta\nAlpha\nalpha beta", "crlf.txt": "x\r\ny\r\n",
    "empty": "", "many.txt": "".join(f"{number}\n" for number in range(1, 31)), "é ü.txt": "é ü\n日本\n",
    ".hidden": "h\n",
}  # fmt: skip
Run = Callable[..., Commands]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Does a text in a folder with some files, with these arguments."""
    for name, text in FILES.items():
        (tmp_path / name).write_bytes(text.encode())
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "in.txt").write_text("inner\n")
    monkeypatch.setenv("HOME", str(tmp_path / "d"))
    monkeypatch.setenv("WHO", "a b")

    def do(text: str, *arguments: str) -> Commands:
        done = Commands((str(tmp_path),), cwd=str(tmp_path), arguments=arguments)
        done.run(text)
        return done

    return do


PRINTED = [
    # words, quotes and variables
    ("echo a   b", "a b\n"),
    ("echo 'a   b' \"c  d\" e\\ f", "a   b c  d e f\n"),
    ("echo a\"b\"c'd'", "abcd\n"),
    ("echo 'a\\tb' \"a\\nb\"", "a\\tb a\\nb\n"),
    ('echo "\\$WHO" "\\\\" "quo\\"te"', '$WHO \\ quo"te\n'),
    ('echo $WHO "$WHO" \'$WHO\' "${WHO}s"', "a b a b $WHO a bs\n"),
    ("x=5 y=6; echo $x$y ${x}y", "56 5y\n"),
    ("export z=7; echo $z", "7\n"),
    ("echo $NOPE end", "end\n"),
    ("echo '' x", " x\n"),
    ('echo a$ "5 $" $ if then', "a$ 5 $ $ if then\n"),
    ("echo ~/x", "~/x\n".replace("~", "{home}")),
    ("echo a#b # a comment", "a#b\n"),
    ("echo one \\\n  two", "one two\n"),
    ("# nothing\n\n  \necho x", "x\n"),
    ("echo *.txt", "a.txt b.txt crlf.txt many.txt é ü.txt\n"),
    ("echo [ab].txt ?.txt *.none", "a.txt b.txt a.txt b.txt *.none\n"),
    ("echo '*.txt' \\* \"?\".txt", "*.txt * ?.txt\n"),
    ("echo x{1,2}{3,4} a{,b} {a} '{a,b}'", "x13 x14 x23 x24 a ab {a} {a,b}\n"),
    # one after the other
    ("echo a;echo b", "a\nb\n"),
    ("echo a && echo b || echo c", "a\nb\n"),
    ("false && echo b || echo c", "c\n"),
    ("true || echo a; false && echo b; echo end", "end\n"),
    ("echo a |\ncat &&\necho b", "a\nb\n"),
    ("cat many.txt | head -3 | tail -1", "3\n"),
    # here-documents and redirections
    ("cat <<END\na $WHO\n'b'\nEND\necho c", "a a b\n'b'\nc\n"),
    ("cat <<'END'\na $WHO\nEND", "a $WHO\n"),
    ('cat <<"END" | head -1\na\nb\nEND', "a\n"),
    ("cat <<-END\n\ta\n\t\tb\n  c\n\tEND", "a\nb\n  c\n"),
    ("cat <<ONE <<TWO\n1\nONE\n2\nTWO", "2\n"),
    ("cat <<END\r\na\r\nEND\r\n", "a\r\n"),
    ("cat <<< $WHO", "a b\n"),
    ("cat <<< 'a $WHO'", "a $WHO\n"),
    ('cat <<< "a $WHO"', "a a b\n"),
    ("cat < a.txt", "one\ntwo\nthree\n"),
    ("echo x > n; echo y >> n; cat n", "x\ny\n"),
    ("rm none 2> /dev/null", ""),
    ("rm none 2> n; cat n", "rm: cannot remove 'none': No such file or directory\n"),
    ("rm none &> n; cat n", "rm: cannot remove 'none': No such file or directory\n"),
    ("echo a 2> n >&2; cat n", "a\n"),
    ("echo a > d || echo failed", "d: [Errno 21] Is a directory: '{here}/d'\nfailed\n"),
    # programs
    ("echo -n a; echo -e 'b\\tc'; echo -ne 'd\\n'; echo -E 'e\\t'", "ab\tc\nd\ne\\t\n"),
    ("echo -x -- a", "-x -- a\n"),
    ("echo -e 'a\\qb\\\\c'", "a\\qb\\c\n"),
    ("printf 'a\\n'; printf '%s-%s\\n' a b c; printf '100%%\\n'", "a\na-b\nc-\n100%\n"),
    ("printf 'x%s'; printf y z", "xy"),
    ("cat a.txt - < crlf.txt", "one\ntwo\nthree\nx\r\ny\r\n"),
    ("head -n 1 a.txt; head -n1 a.txt; head -1 a.txt; head -n 0 a.txt", "one\n" * 3),
    ("head many.txt | wc -l; tail many.txt | wc -l", "10\n10\n"),
    ("tail -n 1 b.txt; tail -n 0 a.txt; tail -2 a.txt", "alpha betatwo\nthree\n"),
    ("wc -l a.txt; wc -w b.txt; wc -c 'é ü.txt'; wc -m < 'é ü.txt'", "3 a.txt\n4 b.txt\n13 é ü.txt\n7\n"),
    ("cat b.txt | wc -l", "2\n"),
    ("echo x | tee n m; echo y | tee -a n; cat n m", "x\ny\nx\ny\nx\n"),
    ("pwd; cd d; pwd; cd; pwd; cd ..; pwd", "{here}\n{here}/d\n{here}/d\n{here}\n"),
    ("ls d; ls -d d; ls -A . | head -1; ls | head -2", "in.txt\nd\n.hidden\na.txt\nb.txt\n"),
    ("ls d d | head -2; ls a.txt", "d:\nin.txt\na.txt\n"),
    ("find d; find d -type f; find d -type d; find . -name '*.TXT'", "d\nd/in.txt\nd/in.txt\nd\n"),
    ("find . -iname 'A.*' -type f; find a.txt", "./a.txt\na.txt\n"),
    ("test -e a.txt && echo 1; [ -f d ] || echo 2; [ -d d ] && echo 3; [ ! -s empty ] && echo 4", "1\n2\n3\n4\n"),
    ('[ -n "" ] || echo 1; [ -z "" ] && echo 2; [ a = a ] && echo 3; [ a == b ] || echo 4', "1\n2\n3\n4\n"),
    ('[ a != b ] && echo 1; test "" || echo 2; [ ! ! x ] && echo 3; [ a != a ] || echo 4', "1\n2\n3\n4\n"),
    ("date +%%; set -e; : ; chmod +x a.txt; sleep=1; echo ok", "%\nok\n"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "printed"), PRINTED, ids=[text for text, _ in PRINTED])
def test_what_is_printed(run: Run, tmp_path: Path, text: str, printed: str) -> None:
    done = run(text)
    assert done.refused == []
    expected = printed.replace("{here}", str(tmp_path)).replace("{home}", str(tmp_path / "d"))
    assert "".join(done.out) == expected


SED = [
    ("s/one/1/", "", "one one\none", "1 one\n1"),
    ("s/o/0/g", "", "foo\nbo\n", "f00\nb0\n"),
    ("s/ALPHA/x/I", "", "alpha Alpha", "x Alpha"),
    ("s/ALPHA/x/gi", "", "alpha Alpha", "x x"),
    ("s/beta/[&]/", "", "beta", "[beta]"),
    ("s/beta/\\&/", "", "beta", "&"),
    ("s/\\(al\\)\\(pha\\)/\\2\\1/", "", "alpha", "phaal"),
    ("s/(al)(pha)/\\2\\1\\0/", "-E", "alpha", "phaalalpha"),
    ("s/(al|be)+/X/g", "-r", "albebeta", "Xta"),
    ("s/(al)/X/", "", "al(al)", "alX"),
    ("s/a\\|b/X/g", "", "a|b", "X|X"),
    ("s/a|b/X/g", "", "ab a|b", "ab X"),
    ("s/a+/X/", "", "aa a+", "aa X"),
    ("s/a\\+/X/", "", "aa a+", "X a+"),
    ("s/a?b/X/", "", "ab a?b", "ab X"),
    ("s/l{1,2}/X/", "-E", "ll", "X"),
    ("s/l\\{1,2\\}/X/", "", "ll", "X"),
    ("s/\\{/x/", "-E", "a{b", "axb"),
    ("s/{/x/", "", "a{b", "axb"),
    ("s|/|-|g", "", "/a/b", "-a-b"),
    ("s/\\//-/g", "", "/a/b", "-a-b"),
    ("s#a#\\##", "", "ab", "#b"),
    ("s/x/\\//", "", "axb", "a/b"),
    ("s/^/> /", "", "a\nb\n", "> a\n> b\n"),
    ("s/$/ </", "", "a\nb", "a <\nb <"),
    ("s/a^b/x/", "", "a^b", "x"),
    ("s/a$b/x/", "", "a$b", "x"),
    ("s/*/x/", "", "a*b", "axb"),
    ("s/x*/-/g", "", "baac", "-b-a-a-c-"),
    ("s/\\./x/g", "", "a.b", "axb"),
    ("s/[^a-m]/x/g", "", "az*", "axx"),
    ("s/[.*]/x/g", "", "a.*", "axx"),
    ("s/\\[.*\\]/x/", "", "a[b]c", "axc"),
    ("s/[[b]/x/", "", "a[", "ax"),
    ("s/\\bt\\w/X/", "", "at to", "at X"),
    ("s/\\<t/X/", "", "at to", "at Xo"),
    ("s/b/a\\nb/", "", "b", "a\nb"),
    ("s/\\t/\\t\\t/", "", "a\tb", "a\t\tb"),
    ("s/b/a\\\\b/", "", "b", "a\\b"),
    ("s/x/z/", "", "x\r\n", "z\r\n"),
    ("s/é/日/", "", "é", "日"),
    ("s/a//", "", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("script", "flag", "text", "expected"), SED, ids=[" ".join(c[:2]) for c in SED]
)
def test_sed_replaces_in_each_line_as_gnu_does(
    run: Run, tmp_path: Path, script: str, flag: str, text: str, expected: str
) -> None:
    (tmp_path / "t").write_bytes(text.encode())
    assert "".join(run(f"sed {flag} '{script}' t").out) == expected
    assert "".join(run(f"cat t | sed {flag} -e '{script}'").out) == expected
    assert "".join(run(f"sed -i {flag} '{script}' t; sed --in-place '' s/~/~~/ t").out) == ""
    assert (tmp_path / "t").read_bytes() == expected.encode()


def test_sed_does_several_scripts_in_several_files(run: Run, tmp_path: Path) -> None:
    assert "".join(run("sed -e s/one/1/ -e s/1/2/ a.txt empty -").out) == "2\ntwo\nthree\n"
    run("sed -i '' s/beta/B/ a.txt b.txt")
    assert (tmp_path / "b.txt").read_text() == "B\nAlpha\nalpha B"
    assert (tmp_path / "a.txt").read_text() == FILES["a.txt"]


@pytest.mark.parametrize(
    "words",
    [
        "s", "s/", "s///", "s//x/", "2d", "-n 2p", "y/a/b/", "s/a/b", "s/a", "s/a/b/2", "s/a/b/z", "s/a/b/;s/c/d/", "'s/a/b/ '", "saxbx", "'s a b '",
        "s1a1b1", "'s\\a\\b\\'", "-i.bak s/a/b/", "--expression=s/a/b/", "-x s/a/b/", "'s/[[:digit:]]/x/'", "'s/[]]/x/'",
        "'s/[a\\]]/x/'", "'s/\\(a/x/'", "-E 's/(a/x/'", "'s/a/\\1/'", "'s/\\x41/b/'", "'s/a/\\x41/'", "'s/a/\\U&/'",
        "'s/a\nb/x/'", "'s/a/x\n/'", "",
    ],
)  # fmt: skip
def test_other_scripts_are_refused_and_change_nothing(run: Run, tmp_path: Path, words: str) -> None:
    for options in ("", "-i"):
        done = run(f"sed {options} {words} a.txt")
        assert ("".join(done.out), len(done.refused)) == ("", 1)
    assert (tmp_path / "a.txt").read_text() == FILES["a.txt"]


@pytest.mark.parametrize(
    "text",
    [
        "if true; then echo x; fi", "for i in 1 2; do echo $i; done", "while true; do :; done", "f() { echo a; }",
        "echo $(ls)", "echo `ls`", 'echo "`ls`"', "echo $((1+1))", "echo ${x:-y}", "echo $?", "echo $@", "(echo a)",
        "echo a &", "echo a; )", "; echo a; &&", "| cat", "echo 'a", 'echo "a', "cat << END\na", "cat <<", "echo >",
        "echo a && && echo b", "[[ a == a ]]", "{ echo a; }",
    ],
)  # fmt: skip
def test_nothing_is_done_of_a_text_that_needs_a_shell(run: Run, tmp_path: Path, text: str) -> None:
    done = run("rm a.txt\n" + text)
    if done.refused != ["rm a.txt\n" + text]:  # a variable is looked at when it is used
        assert "$" in text
        assert len(done.refused) == 1
    else:
        assert (tmp_path / "a.txt").exists()
    assert [printed for printed in done.out if printed] == []


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("python x.py; echo a", ["python x.py"]),
        ("wget 'http://x' -O b && echo a", ["wget 'http://x' -O b"]),
        ("sort a.txt | cat; echo a", ["sort a.txt"]),
        ("A=1 make -j; echo a", ["A=1 make -j"]),
        ("printf '%d\\n' 5; echo a", ["printf '%d\\n' 5"]),
        ("head -c 3 a.txt; tail -n +2 a.txt; echo a", ["head -c 3 a.txt", "tail -n +2 a.txt"]),
        ("wc -L a.txt; [ 1 -lt 2 ]; find . -maxdepth 1; echo a",
         ["wc -L a.txt", "[ 1 -lt 2 ]", "find . -maxdepth 1"]),
        ("date now; zip x.zip; tar -t a; unzip -l a; echo a", ["date now", "zip x.zip", "tar -t a", "unzip -l a"]),
    ],
)  # fmt: skip
def test_what_is_refused_counts_as_done(run: Run, text: str, refused: list[str]) -> None:
    done = run(text)
    assert done.refused == refused
    assert "".join(done.out) == "a\n"
    assert done.status == 0


def test_arguments_and_a_command_s_name(run: Run) -> None:
    assert "".join(run('echo $1 "$2" ${1}x', "a b", "c  d").out) == "a b c  d a bx\n"
    names = [command.name for command in Reader("A=1 'cp' x; B=2; ls").commands()]
    assert names == ["cp", "sh", "ls"]


def test_what_stands_before_a_command_tells_when_it_is_done() -> None:
    commands = Reader("a\n b;c &&\n d || e |\nf").commands()
    assert [command.before for command in commands] == [";", ";", ";", "&&", "||", "|"]
    assert [command.source for command in commands] == list("abcdef")


@given(st.text("ab $'\"\\\n|&;<>{}()*?[]#=~-`\r\t\0é", max_size=25))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        commands = Reader(text).commands()
    except UnreadableError:
        return
    for command in commands:
        assert command.words or command.redirections
        assert all(word.parts for word in command.words)


@given(
    st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=4)
)
def test_quoted_words_arrive_as_they_are(words: list[str]) -> None:
    quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
    done = Commands((), cwd="/")
    done.run(f"echo -E {quoted}")
    assert done.out == [" ".join(words) + "\n"]
