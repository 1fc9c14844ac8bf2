"""What the book needs beside docs/: pages of the repository that are elsewhere, and links to files that are in no page."""

import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
# Path in the repository, path in the book.
ELSEWHERE = {
    "SECURITY.md": "security.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "rules/README.md": "rules.md",
    "benches/RESULTS.md": "results.md",
    "README.md": "index.md",
}
# Outside of code, `[text](target)`; of code nothing is taken apart.
LINK = re.compile(r"(?s)(?P<code>^```.*?^```|`[^`\n]+`)|(?<!!)\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<target>[^)\s]+)\)", re.M)
CODE = re.compile(r"<code>[^<]*</code>")


def on_files(files, config):
    for path, name in ELSEWHERE.items():
        if files.get_file_from_path(name) is None:
            files.append(File.generated(config, name, content=(ROOT / path).read_text(encoding="utf-8")))
    files.append(File.generated(config, "book.css", content=(ROOT / ".ci/book/book.css").read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown, page, config, files):
    name = page.file.src_uri
    origin = next((path for path, other in ELSEWHERE.items() if other == name and path != "README.md"), f"docs/{name}")

    def link(found):
        text, target = found["text"], found["target"]
        if found["code"] or re.match(r"[a-z+]+:|#", target):
            return found[0]
        path, mark, anchor = target.partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(origin), path))
        inside = ELSEWHERE.get(path) or (path.removeprefix("docs/") if path.startswith("docs/") else None)
        if inside and files.get_file_from_path(inside):
            relative = posixpath.relpath(inside, posixpath.dirname(name) or ".")
            return f"[{text}]({relative}{mark}{anchor})"
        # A file of the repository that is no page: its name, without a link. A name that is none fails the build.
        return text if (ROOT / path).exists() else found[0]

    return LINK.sub(link, markdown)


def on_page_content(html, page, config, files):
    # In code in a table `\|` is `|`, as GitHub has it.
    return re.sub(r"<td.*?</td>", lambda cell: CODE.sub(lambda code: code[0].replace("\\|", "|"), cell[0]), html)
