/** DSPs, modems and radio cores of Qualcomm's chips, started by Linux. */
import type { DeviceFact } from "../../fact.js";
import { driver, firmwareProcessor } from "../shorthand.js";

const PAS = "drivers/remoteproc/qcom_q6v5_pas.c";
const MSS = "drivers/remoteproc/qcom_q6v5_mss.c";
const ADSP = "drivers/remoteproc/qcom_q6v5_adsp.c";
const WCNSS = "drivers/remoteproc/qcom_wcnss.c";

/** Facts of remote cores: their regions hold firmware, often out of reach of the CPU once it runs. */
export const QCOM_PROCESSOR_FACTS: readonly DeviceFact[] = [
  ...(
    [
      ["qcom,msm8226-adsp-pil", 1434],
      ["qcom,msm8953-adsp-pil", 1435],
      ["qcom,msm8974-adsp-pil", 1436],
      ["qcom,msm8996-adsp-pil", 1437],
      ["qcom,msm8996-slpi-pil", 1438],
      ["qcom,msm8998-adsp-pas", 1439],
      ["qcom,msm8998-slpi-pas", 1440],
      ["qcom,qcs404-adsp-pas", 1441],
      ["qcom,qcs404-cdsp-pas", 1442],
      ["qcom,qcs404-wcss-pas", 1443],
      ["qcom,sa8775p-adsp-pas", 1444],
      ["qcom,sa8775p-cdsp0-pas", 1445],
      ["qcom,sa8775p-cdsp1-pas", 1446],
      ["qcom,sa8775p-gpdsp0-pas", 1447],
      ["qcom,sa8775p-gpdsp1-pas", 1448],
      ["qcom,sar2130p-adsp-pas", 1449],
      ["qcom,sc7180-adsp-pas", 1450],
      ["qcom,sc7180-mpss-pas", 1451],
      ["qcom,sc7280-adsp-pas", 1452],
      ["qcom,sc7280-cdsp-pas", 1453],
      ["qcom,sc7280-mpss-pas", 1454],
      ["qcom,sc7280-wpss-pas", 1455],
      ["qcom,sc8180x-adsp-pas", 1456],
      ["qcom,sc8180x-cdsp-pas", 1457],
      ["qcom,sc8180x-mpss-pas", 1458],
      ["qcom,sc8280xp-adsp-pas", 1459],
      ["qcom,sc8280xp-nsp0-pas", 1460],
      ["qcom,sc8280xp-nsp1-pas", 1461],
      ["qcom,sdm660-adsp-pas", 1462],
      ["qcom,sdm845-adsp-pas", 1463],
      ["qcom,sdm845-cdsp-pas", 1464],
      ["qcom,sdm845-slpi-pas", 1465],
      ["qcom,sdx55-mpss-pas", 1466],
      ["qcom,sdx75-mpss-pas", 1467],
      ["qcom,sm6115-adsp-pas", 1468],
      ["qcom,sm6115-cdsp-pas", 1469],
      ["qcom,sm6115-mpss-pas", 1470],
      ["qcom,sm6350-adsp-pas", 1471],
      ["qcom,sm6350-cdsp-pas", 1472],
      ["qcom,sm6350-mpss-pas", 1473],
      ["qcom,sm6375-adsp-pas", 1474],
      ["qcom,sm6375-cdsp-pas", 1475],
      ["qcom,sm6375-mpss-pas", 1476],
      ["qcom,sm8150-adsp-pas", 1477],
      ["qcom,sm8150-cdsp-pas", 1478],
      ["qcom,sm8150-mpss-pas", 1479],
      ["qcom,sm8150-slpi-pas", 1480],
      ["qcom,sm8250-adsp-pas", 1481],
      ["qcom,sm8250-cdsp-pas", 1482],
      ["qcom,sm8250-slpi-pas", 1483],
      ["qcom,sm8350-adsp-pas", 1484],
      ["qcom,sm8350-cdsp-pas", 1485],
      ["qcom,sm8350-slpi-pas", 1486],
      ["qcom,sm8350-mpss-pas", 1487],
      ["qcom,sm8450-adsp-pas", 1488],
      ["qcom,sm8450-cdsp-pas", 1489],
      ["qcom,sm8450-slpi-pas", 1490],
      ["qcom,sm8450-mpss-pas", 1491],
      ["qcom,sm8550-adsp-pas", 1492],
      ["qcom,sm8550-cdsp-pas", 1493],
      ["qcom,sm8550-mpss-pas", 1494],
      ["qcom,sm8650-adsp-pas", 1495],
      ["qcom,sm8650-cdsp-pas", 1496],
      ["qcom,sm8650-mpss-pas", 1497],
      ["qcom,x1e80100-adsp-pas", 1498],
      ["qcom,x1e80100-cdsp-pas", 1499],
    ] as const
  ).map(([name, line]) => firmwareProcessor(name, "dsp", driver("qcom_q6v5_pas", PAS, line), 678)),
  ...(
    [
      ["qcom,q6v5-pil", 2532],
      ["qcom,msm8909-mss-pil", 2533],
      ["qcom,msm8916-mss-pil", 2534],
      ["qcom,msm8953-mss-pil", 2535],
      ["qcom,msm8974-mss-pil", 2536],
      ["qcom,msm8996-mss-pil", 2537],
      ["qcom,msm8998-mss-pil", 2538],
      ["qcom,sc7180-mss-pil", 2539],
      ["qcom,sc7280-mss-pil", 2540],
      ["qcom,sdm660-mss-pil", 2541],
      ["qcom,sdm845-mss-pil", 2542],
    ] as const
  ).map(([name, line]) => firmwareProcessor(name, "dsp", driver("qcom_q6v5_mss", MSS, line), 1984)),
  ...(
    [
      ["qcom,qcs404-cdsp-pil", 841],
      ["qcom,sc7280-adsp-pil", 842],
      ["qcom,sc7280-wpss-pil", 843],
      ["qcom,sdm845-adsp-pil", 844],
    ] as const
  ).map(([name, line]) => firmwareProcessor(name, "dsp", driver("qcom_q6v5_adsp", ADSP, line), 659)),
  ...(
    [
      ["qcom,pronto-v1-pil", 701],
      ["qcom,pronto-v2-pil", 702],
      ["qcom,pronto-v3-pil", 703],
    ] as const
  ).map(([name, line]) => firmwareProcessor(name, "dsp", driver("qcom_wcnss_pil", WCNSS, line), 560)),
];
