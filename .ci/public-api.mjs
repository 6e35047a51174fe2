// The public API of the libraries, as rustdoc sees it: one line an item, in `crates/{crate}/public-api.txt`, so that a change
// of it is seen in review; and the crates whose types occur in it, which must be in the list below.
//
// node .ci/public-api.mjs           compares
// node .ci/public-api.mjs --write   writes the files anew

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const std = ["std", "core", "alloc"];
const foreign = {
  "nh-outcome": ["time", "serde", "serde_core"],
  "nh-core": ["bytes", "http", "nh_outcome", "time", "serde", "serde_core"],
  "nh-emulator": ["bytes", "http", "time", "serde", "serde_core"],
  // A runtime, a service and a TLS configuration of one's own are said in their types.
  "nh-hyper": [
    "bytes", "http", "nh_core", "nh_outcome", "time", "hyper", "http_body", "http_body_util", "hyper_util", "tower_service",
    "rustls", "futures_core", "futures_io", "async_net", "async_std", "tokio",
  ],
};

let failed = false;
for (const crate of Object.keys(foreign)) {
  const args = ["rustdoc", "-q", "-p", crate, "--lib", "--all-features", "--", "-Z", "unstable-options", "--output-format", "json"];
  execFileSync("cargo", args, { env: { ...process.env, RUSTC_BOOTSTRAP: "1" }, stdio: "inherit" });
  const doc = JSON.parse(readFileSync(`target/doc/${crate.replace("-", "_")}.json`));
  const { lines, crates } = list(doc);
  const strangers = [...crates].filter((name) => ![...std, ...foreign[crate]].includes(name));
  if (strangers.length > 0) {
    failed = true;
    console.log(`${crate}: types of ${strangers.join(", ")} are in its public API`);
  }
  const file = `crates/${crate}/public-api.txt`;
  const text = lines.join("\n") + "\n";
  if (process.argv.includes("--write")) {
    writeFileSync(file, text);
  } else {
    const known = new Set(readFileSync(file, "utf8").split("\n"));
    const found = new Set(text.split("\n"));
    const gone = [...known].filter((line) => !found.has(line)).map((line) => `- ${line}`);
    const fresh = [...found].filter((line) => !known.has(line)).map((line) => `+ ${line}`);
    if (gone.length + fresh.length > 0) {
      failed = true;
      console.log(`${file} is not what it was; if that is meant: node .ci/public-api.mjs --write`);
      console.log([...gone, ...fresh].join("\n"));
    }
  }
  console.log(`${crate}: ${lines.length} public items, types of ${[...crates].filter((name) => !std.includes(name)).sort().join(", ")}`);
}
process.exitCode = failed ? 1 : 0;

function list(doc) {
  const lines = new Set();
  const crates = new Set();
  const item = (id) => doc.index[id];

  /** The whole path of what an id stands for; its crate is noted. */
  function named(path, id) {
    const full = doc.paths[id]?.path;
    if (!full) return path;
    if (doc.paths[id].crate_id !== 0) crates.add(full[0]);
    return full.join("::");
  }

  const join = (all, separator = ", ") => all.filter((part) => part !== "").join(separator);

  function type(t) {
    if (t === null || t === undefined) return "()";
    if (typeof t === "string") return t;
    const [[kind, it]] = Object.entries(t);
    switch (kind) {
      case "primitive":
      case "generic":
        return it;
      case "resolved_path":
        return named(it.path, it.id) + args(it.args);
      case "borrowed_ref":
        return `&${it.lifetime ? it.lifetime + " " : ""}${it.is_mutable ? "mut " : ""}${type(it.type)}`;
      case "tuple":
        return `(${join(it.map(type))})`;
      case "slice":
        return `[${type(it)}]`;
      case "array":
        return `[${type(it.type)}; ${it.len}]`;
      case "impl_trait":
        return `impl ${bounds(it)}`;
      case "dyn_trait":
        return `dyn ${join(it.traits.map((one) => trait(one.trait)), " + ")}`;
      case "qualified_path":
        return `<${type(it.self_type)}${it.trait ? " as " + trait(it.trait) : ""}>::${it.name}`;
      case "function_pointer":
        return `fn(${join(it.sig.inputs.map(([, input]) => type(input)))}) -> ${type(it.sig.output)}`;
      default:
        return kind;
    }
  }

  const trait = (it) => named(it.path, it.id) + args(it.args);

  function bounds(all) {
    const maybe = (bound) => (bound.modifier === "maybe" ? "?" : "");
    const said = (bound) => (bound.trait_bound ? maybe(bound.trait_bound) + trait(bound.trait_bound.trait) : (bound.outlives ?? ""));
    return join(all.map(said), " + ");
  }

  function args(it) {
    if (!it) return "";
    if (it.parenthesized) {
      const { inputs, output } = it.parenthesized;
      return `(${join(inputs.map(type))}) -> ${type(output)}`;
    }
    const { args: given, constraints } = it.angle_bracketed ?? { args: [], constraints: [] };
    const plain = given.map((arg) => arg.lifetime ?? (arg.type ? type(arg.type) : (arg.const?.expr ?? "_")));
    const named = constraints.map((one) => `${one.name} = ${one.binding.equality?.type ? type(one.binding.equality.type) : "_"}`);
    return plain.length + named.length === 0 ? "" : `<${join([...plain, ...named])}>`;
  }

  function generics({ params, where_predicates }) {
    const own = params.filter((param) => !param.kind.type?.is_synthetic);
    const names = own.map((param) => {
      const said = param.kind.type?.bounds?.length ? `: ${bounds(param.kind.type.bounds)}` : "";
      return param.name + said;
    });
    const where = where_predicates.map((one) =>
      one.bound_predicate ? `${type(one.bound_predicate.type)}: ${bounds(one.bound_predicate.bounds)}` : "",
    );
    return { names: names.length ? `<${join(names)}>` : "", where: join(where) ? ` where ${join(where)}` : "" };
  }

  function fn(path, it, provided) {
    const { names, where } = generics(it.generics);
    const inputs = it.sig.inputs.map(([name, input]) => (name === "self" ? type(input).replace(/Self$/, "self") : type(input)));
    const keyword = `${it.header.is_const ? "const " : ""}${it.header.is_async ? "async " : ""}fn`;
    lines.add(`${keyword} ${path}${names}(${join(inputs)})${it.sig.output ? ` -> ${type(it.sig.output)}` : ""}${where}${provided ? " (provided)" : ""}`);
  }

  const derived = ["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];

  function members(path, ids) {
    const derives = [];
    const auto = [];
    for (const id of ids) {
      const impl = item(id)?.inner.impl;
      if (!impl || impl.blanket_impl) continue;
      if (impl.is_synthetic) {
        // What the compiler gives unasked is promised all the same: losing it breaks who sends a value to another thread.
        if (["Send", "Sync", "Unpin"].includes(impl.trait?.path)) auto.push((impl.is_negative ? "!" : "") + impl.trait.path);
        continue;
      }
      if (impl.trait) {
        if (derived.includes(impl.trait.path)) derives.push(impl.trait.path);
        else if (impl.trait.path !== "StructuralPartialEq") {
          // What an iterator gives, or a conversion fails with.
          const types = impl.items.map(item).filter((one) => one?.inner.assoc_type);
          const said = types.map((one) => `type ${one.name} = ${type(one.inner.assoc_type.type)}`);
          lines.add(`impl ${trait(impl.trait)} for ${path}${said.length ? ` { ${join(said, "; ")} }` : ""}`);
        }
        continue;
      }
      for (const member of impl.items) visit(item(member), path);
    }
    lines.add(`auto ${path}: ${join([...new Set(auto)].sort())}`);
    if (derives.length > 0) lines.add(`derive ${path}: ${join([...new Set(derives)].sort())}`);
  }

  /** The fields of a variant or of a tuple struct, and their types. */
  function payload(kind) {
    if (kind.tuple) return `(${join(kind.tuple.map((id) => (id === null ? "_" : type(item(id)?.inner.struct_field))))})`;
    const fields = kind.struct?.fields ?? [];
    return fields.length ? ` { ${join(fields.map((id) => `${item(id).name}: ${type(item(id).inner.struct_field)}`))} }` : "";
  }

  function visit(it, parent, ofTrait = false) {
    if (!it || (it.visibility !== "public" && it.visibility !== "default")) return;
    const [[kind, inner]] = Object.entries(it.inner);
    const path = `${parent}::${it.name}`;
    const open = it.attrs?.includes("non_exhaustive") ? " (non_exhaustive)" : "";
    switch (kind) {
      case "module":
        inner.items.forEach((id) => visit(item(id), it.name === doc.index[doc.root].name ? it.name : path));
        break;
      case "use": {
        const target = item(inner.id);
        if (!target) lines.add(`use ${inner.source}`);
        else if (inner.is_glob) target.inner.module?.items.forEach((id) => visit(item(id), parent));
        else visit({ ...target, name: inner.name, visibility: "public" }, parent);
        break;
      }
      case "struct": {
        // Of a tuple the private fields are said as `_`.
        lines.add(`struct ${path}${generics(inner.generics).names}${inner.kind.tuple ? payload(inner.kind) : ""}${open}`);
        (inner.kind.plain?.fields ?? []).forEach((id) => visit(item(id), path));
        members(path, inner.impls);
        break;
      }
      case "enum":
        lines.add(`enum ${path}${open}`);
        inner.variants.forEach((id) => lines.add(`variant ${path}::${item(id).name}${payload(item(id).inner.variant.kind)}`));
        members(path, inner.impls);
        break;
      case "trait":
        lines.add(`trait ${path}${generics(inner.generics).names}: ${bounds(inner.bounds)}`);
        inner.items.forEach((id) => visit(item(id), path, true));
        break;
      case "function":
        fn(path, inner, ofTrait && inner.has_body);
        break;
      case "struct_field":
        lines.add(`field ${path}: ${type(inner)}`);
        break;
      case "assoc_type":
        lines.add(`type ${path}: ${bounds(inner.bounds)}`);
        break;
      case "assoc_const":
      case "constant":
        lines.add(`const ${path}: ${type(inner.type)}`);
        break;
      case "type_alias":
        lines.add(`type ${path} = ${type(inner.type)}`);
        break;
      default:
        lines.add(`${kind} ${path}`);
    }
  }

  visit({ ...doc.index[doc.root], visibility: "public" }, "");
  return { lines: [...lines].sort(), crates };
}
